/** A replay as ladders, one control connection after the other. */
import { instant } from '../../net/instant.ts'
import { Ladder } from '../../record/ladder.ts'
import { isShownElsewhere } from '../../record/ladder-capture.ts'
import {
  LADDER_COLUMNS,
  LadderLayout,
  type LadderStyle,
  plainStyle,
} from '../../record/ladder-row.ts'
import { type CaptureRecord, connectionOf, isCaptureRecord, type ReplayRecord } from '../record.ts'
import { GroupedLines, type ReplayOutput, type WriteLine } from './output.ts'
import { sessionsText, wordsOf } from './words.ts'

export interface LadderOutputOptions {
  readonly columns?: number
  readonly style?: LadderStyle
}

/** Control connections that are drawn at the same time. */
const LADDERS_MAX = 20_000

export class LadderOutput implements ReplayOutput {
  readonly #groups: GroupedLines
  readonly #write: WriteLine
  readonly #options: LadderOutputOptions
  readonly #layout: LadderLayout
  /** One for each control connection, since they are drawn apart. */
  readonly #ladders = new Map<string, Ladder>()

  constructor(write: WriteLine, options: LadderOutputOptions = {}) {
    this.#write = write
    this.#groups = new GroupedLines(write)
    this.#options = options
    this.#layout = new LadderLayout(options.columns ?? LADDER_COLUMNS, options.style ?? plainStyle)
  }

  record(record: ReplayRecord, at: number): void {
    if (record.type === 'capture.end') return this.#totals(record)
    const name = 'session' in record ? connectionOf(record.session ?? '') : ''
    const ladder = this.#ladders.get(name) ?? new Ladder(this.#options)
    if (!isCaptureRecord(record)) this.#keep(name, ladder)
    const rows = isCaptureRecord(record) ? this.#rows(record) : ladder.rows(record, instant(at))
    this.#groups.add(record, rows)
  }

  /** Data connections may outlive their session by far; then only the oldest are forgotten. */
  #keep(name: string, ladder: Ladder): void {
    this.#ladders.set(name, ladder)
    const [oldest] = this.#ladders.keys()
    if (this.#ladders.size > LADDERS_MAX && oldest !== undefined) this.#ladders.delete(oldest)
  }

  over(session: string): void {
    this.#groups.over(session)
  }

  end(): void {
    this.#groups.end()
  }

  /** What the ladder of the session itself shows has no row of its own. */
  #rows(record: CaptureRecord): readonly string[] {
    if (isShownElsewhere({ ...record })) return []
    const { what = '', text = '', extra = '' } = wordsOf(record) ?? {}
    return this.#layout.rule(undefined, `capture: ${what}: ${text}`, extra)
  }

  #totals(record: Extract<CaptureRecord, { type: 'capture.end' }>): void {
    const { packets, problem } = record
    for (const [name, ladder] of this.#ladders) {
      const rows = ladder.flush()
      if (name === '') for (const row of rows) this.#write(row)
    }
    this.#groups.end()
    const title = `${packets} packets, ${sessionsText(record)}`
    const below = problem === undefined ? '' : `the capture is not whole: ${problem}`
    for (const row of this.#layout.rule(undefined, title, below)) this.#write(row)
  }
}
