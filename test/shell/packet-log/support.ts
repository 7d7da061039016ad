/** Real processes and real files for the packet log's tests. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/** Waits until `check` no longer throws; the bound only ends a test that has failed. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 10 })
}

/** A directory that is gone after the test, or after `release` where there is no test yet. */
export function temporaryDirectory(release: (remove: () => void) => void = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'))
  release(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface PipeReader {
  /** What is in the pipe now. */
  read(): string
  close(): void
}

/** A named pipe, removed after the test. Who opens it to write needs a reader first. */
export function namedPipe(): { readonly path: string; readonly openReader: () => PipeReader } {
  const path = join(temporaryDirectory(), 'fifo')
  execFileSync('mkfifo', [path])
  return { path, openReader: () => openPipeReader(path) }
}

function openPipeReader(path: string): PipeReader {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const bytes = Buffer.alloc(1 << 20)
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(fd)
    isOpen = false
  }
  const read = (): string => {
    try {
      return bytes.toString('utf8', 0, readSync(fd, bytes))
    } catch {
      return '' // EAGAIN: nothing in it
    }
  }
  onTestFinished(close)
  return { read, close }
}

/** Compiles one source file and what it imports, for processes of their own. @returns its path. */
export function compile(source: string, directory: string): string {
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  const options =
    '--ignoreConfig --noCheck --target es2023 --lib es2023 --module nodenext --types node ' +
    '--skipLibCheck --rewriteRelativeImportExtensions --rootDir src --outDir'
  execFileSync('node_modules/.bin/tsc', [...options.split(' '), directory, source])
  return join(directory, source.replace(/^src\//, '').replace(/\.ts$/, '.js'))
}

/** Starts `program` (an ES module) as a process of its own; it is killed after the test. */
export function start(program: string, args: readonly string[], stdio: readonly Stdio[]): Child {
  const child = spawn(
    '/bin/bash',
    ['-c', 'exec "$0" "$@"', process.execPath, '--input-type=module', '-e', program, '--', ...args],
    { stdio: [...stdio] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let messages = ''
  child.stderr?.on('data', (bytes: Buffer) => (messages += bytes.toString()))
  const exit = new Promise<number | NodeJS.Signals | null>((done) =>
    child.once('exit', (code, signal) => done(code ?? signal)),
  )
  return { child, exit, stderr: () => messages }
}

export type Stdio = 'pipe' | 'ignore' | number

export interface Child {
  readonly child: ChildProcess
  /** Exit code or signal. */
  readonly exit: Promise<number | NodeJS.Signals | null>
  readonly stderr: () => string
}

export function linesOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

export function parseLine(line: string | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line ?? '')
  if (typeof value !== 'object' || value === null) throw new Error(`no record: ${line}`)
  return { ...value }
}
