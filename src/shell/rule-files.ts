/**
 * Rule files and folders of them, from disk to a ruleset. Each file is opened once and judged by
 * that one descriptor, so that what is checked is what is read. Problems with a file as a whole
 * come out as diagnostics without a line, beside those with what it says.
 */
import { isUtf8 } from 'node:buffer'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FILE_CHARACTERS_MAX } from '../engine/rules/compose.ts'
import type { Diagnostic, Severity } from '../engine/rules/diagnostic.ts'
import { load, type Loaded, type LoadOptions } from '../engine/rules/load.ts'
import type { RuleSource } from '../engine/rules/source-text.ts'
import { errorCode } from './error-code.ts'

export interface RuleFileOptions extends LoadOptions {
  /** Whether a file that others can change is an error. Default: a warning. */
  readonly refuseWritable?: boolean
  /** Who may own rule files, beside root and the user of this process. */
  readonly owner?: number | undefined
}

export interface LoadedFiles extends Loaded {
  /** What was read. */
  readonly sources: readonly RuleSource[]
}

/**
 * Reads files, and of each folder its `*.yaml` and `*.yml` in the order of their names (not those
 * that begin with a dot, not folders in it). Never rejects for what is or is not on disk.
 */
export async function loadRuleFiles(
  paths: readonly string[],
  options: RuleFileOptions = {},
): Promise<LoadedFiles> {
  const diagnostics: Diagnostic[] = []
  const sources: RuleSource[] = []
  const seen = new Map<string, string>()
  for (const path of await expand(paths, diagnostics)) {
    const text = await readRuleFile(path, { seen, diagnostics, options })
    if (text !== undefined) sources.push({ name: path, text })
  }
  const isReadable = diagnostics.every(({ severity }) => severity !== 'error')
  const loaded = load(sources, options)
  return {
    sources,
    ruleset: isReadable ? loaded.ruleset : undefined,
    diagnostics: [...diagnostics, ...loaded.diagnostics],
  }
}

async function expand(
  paths: readonly string[],
  diagnostics: Diagnostic[],
): Promise<readonly string[]> {
  const files: string[] = []
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) {
        files.push(path)
        continue
      }
      const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted()
      if (names.length === 0)
        report(diagnostics, 'error', path, 'no *.yaml or *.yml in this folder')
      files.push(...names.map((name) => join(path, name)))
    } catch (error) {
      report(diagnostics, 'error', path, describe(error))
    }
  }
  return files
}

interface Reading {
  /** Paths, by the identity of their files. */
  readonly seen: Map<string, string>
  readonly diagnostics: Diagnostic[]
  readonly options: RuleFileOptions
}

async function readRuleFile(
  path: string,
  { seen, diagnostics, options }: Reading,
): Promise<string | undefined> {
  let file: FileHandle | undefined
  try {
    // Without O_NONBLOCK, opening a named pipe waits for somebody to write.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    const problem = unsuitable(path, stats, seen)
    if (problem !== undefined) {
      report(diagnostics, 'error', path, problem)
      return undefined
    }
    const { refuseWritable = false, owner } = options
    for (const writer of otherWriters(stats, owner))
      if (refuseWritable) report(diagnostics, 'error', path, `${writer}, or --allow-writable-rules`)
      else report(diagnostics, 'warning', path, writer)
    const bytes = await file.readFile()
    if (isUtf8(bytes)) return bytes.toString('utf8')
    report(diagnostics, 'error', path, 'the file is not UTF-8 text')
  } catch (error) {
    report(diagnostics, 'error', path, describe(error))
  } finally {
    await file?.close()
  }
  return undefined
}

function unsuitable(path: string, stats: Stats, seen: Map<string, string>): string | undefined {
  if (!stats.isFile()) return 'this is not a file'
  // A character takes a byte or more, so nothing larger can be within the limit on characters.
  if (stats.size > FILE_CHARACTERS_MAX * 4) return 'the file is too large for a rule file'
  const identity = `${stats.dev}:${stats.ino}`
  const earlier = seen.get(identity)
  seen.set(identity, path)
  return earlier === undefined ? undefined : `the same file was already read as ${earlier}`
}

const WRITABLE_BY_GROUP_OR_OTHERS = 0o022

/** Who can write a rule file can open the firewall. */
function otherWriters({ mode, uid }: Stats, owner: number | undefined): readonly string[] {
  const isOurs = uid === 0 || uid === owner || uid === process.getuid?.()
  return [
    ...((mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0
      ? []
      : ['other users can write to this file, and so change the rules: chmod go-w']),
    ...(isOurs ? [] : ['this file belongs to another user, who can change the rules: chown root']),
  ]
}

function describe(error: unknown): string {
  const code = errorCode(error)
  const reasons: Partial<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'this process may not read it',
    EPERM: 'this process may not read it',
    ELOOP: 'symbolic links go round in a circle',
    EMFILE: 'this process has too many files open',
    ENXIO: 'this is not a file',
  }
  return reasons[code] ?? `cannot be read (${code})`
}

function report(
  diagnostics: Diagnostic[],
  severity: Severity,
  file: string,
  message: string,
): void {
  diagnostics.push({ severity, file, line: 0, column: 0, length: 1, message, sourceLine: '' })
}
