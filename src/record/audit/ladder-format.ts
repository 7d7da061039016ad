/** Records as the ladder draws them. A record of another version becomes a line in the band. */
import { instant } from '../../net/instant.ts'
import { Ladder, type LadderOptions } from '../ladder.ts'
import { captureWords } from '../ladder-capture.ts'
import { describeFields } from './describe.ts'
import type { LogEntry } from './log-entry.ts'
import type { RecordFormat } from './record-format.ts'

export class LadderFormat implements RecordFormat {
  readonly needsSessions = false
  readonly #ladder: Ladder

  constructor(options: LadderOptions) {
    this.#ladder = new Ladder(options)
  }

  header(): string {
    return ''
  }

  format(entry: LogEntry): string {
    const at = instant(Date.parse(entry.time))
    if (entry.record !== undefined) return textOf(this.#ladder.rows(entry.record, at))
    const { session, type, fields } = entry
    return textOf(
      captureWords(fields) === undefined
        ? this.#ladder.unknownRows(session, `${type} ${describeFields(entry)}`, at)
        : this.#ladder.captureRows(session, fields, at),
    )
  }

  footer(): string {
    return textOf(this.#ladder.flush())
  }
}

function textOf(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('')
}
