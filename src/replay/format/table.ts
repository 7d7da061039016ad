/** A replay as a table: for each session who, by which rule, and every line that did not just pass. */
import type { ReplayRecord } from '../record.ts'
import { GroupedLines, type ReplayOutput, type WriteLine } from './output.ts'
import { sessionsText, wordsOf } from './words.ts'

const WHAT_COLUMNS = 9

/** Sessions whose beginning is remembered, for the times in the first column. */
const BEGINNINGS_MAX = 100_000

export class TableOutput implements ReplayOutput {
  readonly #write: WriteLine
  readonly #groups: GroupedLines
  /** When each session began. */
  readonly #began = new Map<string, number>()

  constructor(write: WriteLine) {
    this.#write = write
    this.#groups = new GroupedLines(write)
  }

  record(record: ReplayRecord, at: number): void {
    if (record.type === 'capture.end') {
      this.#groups.end()
      return this.#write(totals(record))
    }
    const words = wordsOf(record)
    if (words === undefined) return
    const name = 'session' in record && record.session !== undefined ? record.session : ''
    const heading = this.#headingOf(record, name, at)
    const began = this.#began.get(name) ?? at
    const seconds = ((at - began) / 1000).toFixed(3).padStart(10)
    const extra = words.extra === undefined ? '' : `  ${words.extra}`
    const line = `${seconds}  ${words.what.padEnd(WHAT_COLUMNS)} ${words.text}${extra}`
    this.#groups.add(record, [...heading, line])
  }

  over(session: string): void {
    this.#groups.over(session)
  }

  end(): void {
    this.#groups.end()
  }

  /** Data connections may outlive their session by far; then only the oldest are forgotten. */
  #remember(name: string, at: number): void {
    this.#began.set(name, at)
    const [oldest] = this.#began.keys()
    if (this.#began.size > BEGINNINGS_MAX && oldest !== undefined) this.#began.delete(oldest)
  }

  #headingOf(record: ReplayRecord, name: string, at: number): readonly string[] {
    const isOpening =
      record.type === 'session.open' ||
      record.type === 'session.refused' ||
      record.type === 'capture.mid-stream'
    if (!isOpening || this.#began.has(name)) return []
    if (record.type !== 'session.refused') this.#remember(name, at)
    const title = name === '' ? 'refused' : `session ${name}`
    const time = new Date(at).toISOString()
    return ['', `${title}  ${record.client} → ${record.server}  ${time}`]
  }
}

function totals(record: Extract<ReplayRecord, { type: 'capture.end' }>): string {
  const { packets, bytes, problem } = record
  const read = `${packets} packets, ${bytes} bytes, ${sessionsText(record)}`
  return problem === undefined ? `\n${read}` : `\n${read}; the capture is not whole: ${problem}`
}
