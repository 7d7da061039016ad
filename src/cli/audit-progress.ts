/** How far a long audit is: a bar on the terminal, and nothing where there is none. */
import { shortBytes } from '../record/audit/quantity.ts'

export interface ProgressTerminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

const INTERVAL_MS = 100
/** A bar that only flashes up disturbs. */
const DELAY_MS = 400
const BAR_COLUMNS = 30
const CLEAR = '\r\u001b[2K'

export class AuditProgress {
  readonly #terminal: ProgressTerminal
  readonly #total: number | undefined
  readonly #now: () => number
  readonly #startedAt: number
  #drawnAt: number
  #isDrawn = false

  /** `total` in bytes, where it is known; `now` in milliseconds, on any clock. */
  constructor(terminal: ProgressTerminal, total: number | undefined, now: () => number) {
    this.#terminal = terminal
    this.#total = total
    this.#now = now
    this.#startedAt = now()
    this.#drawnAt = this.#startedAt + DELAY_MS - INTERVAL_MS
  }

  /** `read` bytes of the total were read; `records` lines came of it. */
  update(read: number, records: number): void {
    if (this.#terminal.isTTY !== true) return
    const now = this.#now()
    if (now - this.#drawnAt < INTERVAL_MS) return
    this.#drawnAt = now
    this.#isDrawn = true
    const seconds = Math.max(0.001, (now - this.#startedAt) / 1000)
    const text = progressText(read, this.#total, records, seconds)
    this.#terminal.write(`${CLEAR}${text.slice(0, (this.#terminal.columns ?? 80) - 1)}`)
  }

  /** Takes the bar away, so that something else can be written. */
  clear(): void {
    if (this.#isDrawn) this.#terminal.write(CLEAR)
    this.#isDrawn = false
  }
}

function progressText(
  read: number,
  total: number | undefined,
  records: number,
  seconds: number,
): string {
  const rate = `${shortBytes(read / seconds)}/s`
  const lines = `${records.toLocaleString('en')} records`
  if (total === undefined || total === 0) return `${shortBytes(read)} · ${lines} · ${rate}`
  const part = Math.min(1, read / total)
  const filled = Math.round(part * BAR_COLUMNS)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_COLUMNS - filled)
  const left = Math.ceil(((1 - part) * seconds) / Math.max(part, 0.001))
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} % · ${lines} · ${rate} · ${left} s left`
}
