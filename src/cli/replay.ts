/** `portcullis replay`: a capture under a rule file, printed. */
import { createEvaluator } from '../engine/rules/evaluate.ts'
import { formatDiagnostic } from '../engine/rules/diagnostic.ts'
import type { Evaluator, Ruleset } from '../engine/rules/ruleset.ts'
import { ansiStyle, plainStyle } from '../record/ladder-row.ts'
import type { CaptureProblem } from '../record/capture/capture-reader.ts'
import { readCapture } from '../replay/capture-source.ts'
import { permissiveRuleset } from '../replay/door.ts'
import { CsvOutput } from '../replay/format/csv.ts'
import { DifferenceOutput } from '../replay/format/difference.ts'
import { JsonLinesOutput } from '../replay/format/json-lines.ts'
import { LadderOutput } from '../replay/format/ladder.ts'
import type { ReplayOutput, WriteLine } from '../replay/format/output.ts'
import { TableOutput } from '../replay/format/table.ts'
import { RefusedServers } from '../replay/refused-servers.ts'
import { Replay } from '../replay/replay.ts'
import { errorCode } from '../shell/error-code.ts'
import { loadRuleFiles } from '../shell/rule-files.ts'
import { EnvironmentError } from './environment-error.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'
import { readVersion } from './version.ts'

export type ReplayFormat = 'table' | 'ladder' | 'json' | 'csv'

export interface ReplayArguments {
  readonly capture: string
  readonly rules?: readonly string[] | undefined
  readonly diff?: string | undefined
  readonly format: ReplayFormat
  readonly listener?: string | undefined
  readonly port?: readonly number[] | undefined
}

/** Lines are joined up to this before they are written: a system call for each would cost more. */
const BATCH_CHARACTERS = 64 * 1024

/** What `problem` of a capture means to who has it. */
const PROBLEMS: Readonly<Record<string, string>> = {
  format: 'this is neither a pcap nor a pcapng file',
  damaged: 'the file is damaged; what stands before the damage was read',
  'cut-short': 'the file ends within a packet; what stands before was read',
}

/** What zlib finds wrong is a problem of the capture: what was unpacked until then is replayed. */
const PACKED_PROBLEMS: Partial<Record<string, CaptureProblem>> = {
  Z_BUF_ERROR: 'cut-short',
  Z_DATA_ERROR: 'damaged',
}

/** Resolves to the exit code: 1 when the capture is not whole, or when `--diff` finds differences. */
export async function replay(given: ReplayArguments): Promise<number> {
  const rules = given.rules ?? []
  const evaluator = createEvaluator(await rulesetOf(rules))
  checkListener(evaluator, given.listener)
  const lines = new LineBatch()
  const options = { ports: given.port ?? [], listener: given.listener }
  if (given.diff !== undefined) {
    const other = createEvaluator(await rulesetOf([given.diff]))
    checkListener(other, given.listener)
    if (given.format === 'ladder' || given.format === 'csv')
      throw new UsageError(`--diff has no format ${given.format}: it has table and json`)
    const difference = new DifferenceOutput((line) => lines.write(line), given.format === 'json')
    const parties = [
      { evaluator, sink: difference.sink(0) },
      { evaluator: other, sink: difference.sink(1) },
    ]
    const code = await run(given.capture, new Replay(parties, options), lines)
    difference.end()
    await lines.flush()
    return difference.count > 0 ? EXIT.failed : code
  }
  const name = rules.length === 0 ? 'none' : rules.join(' ')
  const output = outputOf(given.format, name, (line) => lines.write(line))
  const refused = new RefusedServers(output)
  const code = await run(given.capture, new Replay([{ evaluator, sink: refused }], options), lines)
  output.end()
  await lines.flush()
  const hint = rules.length === 0 ? undefined : refused.hint
  if (hint !== undefined) process.stderr.write(`portcullis: ${hint}\n`)
  return code
}

async function run(path: string, replayed: Replay, lines: LineBatch): Promise<number> {
  let found: CaptureProblem | undefined
  try {
    for await (const chunk of readCapture(path)) {
      replayed.push(chunk)
      await lines.flush()
    }
  } catch (error) {
    found = PACKED_PROBLEMS[errorCode(error)]
    if (found === undefined) throw explained(path, error)
  }
  replayed.finish(found)
  const { problem, counts } = replayed
  if (counts.untracked > 0)
    process.stderr.write(
      `portcullis: ${counts.untracked} connections were not looked at: too many at the same time\n`,
    )
  if (problem === undefined) return EXIT.ok
  process.stderr.write(`portcullis: ${path}: ${PROBLEMS[problem] ?? problem}\n`)
  return EXIT.failed
}

async function rulesetOf(files: readonly string[]): Promise<Ruleset> {
  if (files.length === 0) return permissiveRuleset()
  const { ruleset, diagnostics } = await loadRuleFiles(files)
  if (ruleset !== undefined) return ruleset
  // Warnings are for whoever writes the rules: `check` has them.
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`)
  throw new EnvironmentError(`${files.join(' ')}: the rules have errors`)
}

function checkListener({ ruleset }: Evaluator, name: string | undefined): void {
  if (name === undefined || ruleset.listeners.some((one) => one.name === name)) return
  const names = ruleset.listeners.map((one) => one.name).join(', ')
  throw new UsageError(
    names === ''
      ? `--listener ${name}: the rules have no listeners`
      : `there is no listener ${name}; there is: ${names}`,
  )
}

function outputOf(format: ReplayFormat, rules: string, write: WriteLine): ReplayOutput {
  switch (format) {
    case 'table':
      return new TableOutput(write)
    case 'csv':
      return new CsvOutput(write)
    case 'json':
      return new JsonLinesOutput(write, { version: readVersion(), rules })
    case 'ladder': {
      const { isTTY, columns } = process.stdout
      const style = isTTY && process.env['NO_COLOR'] === undefined ? ansiStyle : plainStyle
      return new LadderOutput(write, isTTY ? { columns, style } : {})
    }
  }
}

/** Standard output, as fast as its reader takes it. */
class LineBatch {
  #text = ''

  write(line: string): void {
    this.#text += `${line}\n`
    if (this.#text.length < BATCH_CHARACTERS) return
    process.stdout.write(this.#text)
    this.#text = ''
  }

  /** Resolves when the reader has caught up. */
  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '') process.stdout.write(text)
    if (!process.stdout.writableNeedDrain || process.stdout.destroyed) return
    await new Promise<void>((resolve) => {
      process.stdout.once('drain', resolve)
      process.stdout.once('close', resolve)
    })
  }
}

function explained(path: string, error: unknown): unknown {
  const code = errorCode(error)
  const reasons: Partial<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this process may not read it',
    EISDIR: 'this is a folder',
  }
  const reason = reasons[code]
  return reason === undefined ? error : new EnvironmentError(`${path}: ${reason}`)
}
