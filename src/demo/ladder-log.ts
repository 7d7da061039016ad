/** A packet log that draws what it is given, instead of writing it down. */
import type { PacketLogRecord } from '../engine/session/record.ts'
import type { PacketLog } from '../shell/packet-log/packet-log.ts'
import type { Terminal } from './terminal.ts'

/** So long without a record, and a step of the script has no more to show. */
const QUIET_MS = 60
const INDENT = '     '

export class LadderLog implements PacketLog {
  readonly #terminal: Terminal
  #lastRecord = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  write(record: PacketLogRecord): void {
    this.#lastRecord = performance.now()
    this.#terminal.line(`${INDENT}${JSON.stringify(record)}`)
  }

  /** Drawing does not fail. */
  watch(): void {}

  async close(): Promise<void> {}

  /** Resolves when nothing has been written for a moment. */
  async settle(): Promise<void> {
    for (;;) {
      const rest = QUIET_MS - (performance.now() - this.#lastRecord)
      if (rest <= 0) return
      await new Promise((resolve) => {
        setTimeout(resolve, rest)
      })
    }
  }
}
