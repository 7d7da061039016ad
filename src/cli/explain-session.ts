/** `portcullis explain --session LOG ID`: why a session in a packet log was treated as it was. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { type Ink, Terminal, wrap } from '../demo/terminal.ts'
import { isAbout, type LoggedRecord, type Telling, tellSession } from '../explain/session-why.ts'
import { EnvironmentError } from './environment-error.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

/** More than any session has that is worth reading. */
const RECORDS_MAX = 100_000
const INKS: Readonly<Record<Telling['kind'], Ink>> = { good: 'good', bad: 'bad', note: 'quiet' }

/** Resolves to the exit code. @throws UsageError, EnvironmentError */
export async function explainLoggedSession(
  [log, id, ...more]: readonly string[],
  isJson: boolean,
): Promise<number> {
  if (log === undefined || id === undefined || more.length > 0)
    throw new UsageError('--session takes a packet log and the name of a session')
  const records = await recordsOf(log, id)
  if (records.length === 0) throw new EnvironmentError(`there is no session ${id} in ${log}`)
  const told = tellSession(records)
  if (isJson) process.stdout.write(`${JSON.stringify({ session: id, told }, null, 2)}\n`)
  else print(told)
  return EXIT.ok
}

async function recordsOf(log: string, id: string): Promise<readonly LoggedRecord[]> {
  const records: LoggedRecord[] = []
  const file = createReadStream(log)
  const failed = new Promise<never>((_, reject) => {
    file.once('error', () => reject(new EnvironmentError(`cannot read the packet log ${log}`)))
  })
  const text = log.endsWith('.gz') ? file.pipe(createGunzip()) : file
  const read = async (): Promise<void> => {
    for await (const line of createInterface({
      input: text,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      // Cheaper than parsing every record of a large log.
      if (!line.includes(id)) continue
      const record = parse(line)
      if (record === undefined || !isAbout(record, id)) continue
      records.push(record)
      if (records.length >= RECORDS_MAX) break
    }
  }
  await Promise.race([read(), failed])
  return records
}

/** Lines of something else may stand in a log; they are not this command's concern. */
function parse(line: string): LoggedRecord | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isRecord =
      typeof value === 'object' && value !== null && 'type' in value && 'time' in value
    return isRecord ? (value as LoggedRecord) : undefined
  } catch {
    return undefined
  }
}

function print(told: readonly Telling[]): void {
  const terminal = new Terminal(process.stdout)
  const columns = Math.max(40, Math.min(terminal.columns, 96))
  for (const { time, kind, text, otherwise } of told) {
    const clock = /T([\d:.]+)Z/.exec(time)?.[1] ?? time
    const [first = '', ...rest] = wrap(`${text}.`, columns - 16)
    terminal.line(`${terminal.ink('quiet', clock.padEnd(14))}  ${terminal.ink(INKS[kind], first)}`)
    for (const line of rest) terminal.line(`${' '.repeat(16)}${terminal.ink(INKS[kind], line)}`)
    if (otherwise === undefined) continue
    for (const line of wrap(`otherwise with: ${otherwise}`, columns - 18))
      terminal.line(`${' '.repeat(18)}${terminal.ink('quiet', line)}`)
  }
}
