/** Records as the ladder draws them. A record of another version becomes a line in the band. */
import { instant } from '../../net/instant.ts'
import { Ladder, type LadderOptions } from '../ladder.ts'
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
    return textOf(
      entry.record === undefined
        ? this.#ladder.unknownRows(entry.session, `${entry.type} ${describeFields(entry)}`, at)
        : this.#ladder.rows(entry.record, at),
    )
  }

  footer(): string {
    return textOf(this.#ladder.flush())
  }
}

function textOf(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('')
}
