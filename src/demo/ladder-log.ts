/** A packet log that draws what it is given, instead of writing it down. */
import type { PacketLogRecord } from '../engine/session/record.ts'
import type { Instant } from '../net/instant.ts'
import { Ladder } from '../record/ladder.ts'
import { ansiStyle, plainStyle } from '../record/ladder-row.ts'
import type { PacketLog } from '../shell/packet-log/packet-log.ts'
import { now } from '../shell/system-clock.ts'
import type { Terminal } from './terminal.ts'

/** So long without a record, and a step of the script has no more to show. */
const QUIET_MS = 60
/** Wider than this the two sides are too far apart to be read together. */
const COLUMNS_MAX = 120

export class LadderLog implements PacketLog {
  readonly #terminal: Terminal
  readonly #ladder: Ladder
  #lastRecord: Instant = now()
  #hasDrawn = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#ladder = new Ladder({
      columns: Math.min(COLUMNS_MAX, terminal.columns),
      style: terminal.hasColors ? ansiStyle : plainStyle,
    })
  }

  write(record: PacketLogRecord): void {
    this.#lastRecord = now()
    if (record.type === 'session.open' && this.#hasDrawn) this.#terminal.line()
    this.#hasDrawn = true
    for (const row of this.#ladder.rows(record, this.#lastRecord)) this.#terminal.line(row)
  }

  /** Drawing does not fail. */
  watch(): void {}

  async close(): Promise<void> {
    for (const row of this.#ladder.flush()) this.#terminal.line(row)
  }

  /** Resolves when nothing has been written for a moment. */
  async settle(): Promise<void> {
    for (;;) {
      const rest = QUIET_MS - (now() - this.#lastRecord)
      if (rest <= 0) return
      await new Promise((resolve) => {
        setTimeout(resolve, rest)
      })
    }
  }
}
