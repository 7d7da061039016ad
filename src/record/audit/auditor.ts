/**
 * From lines to answers: each line is read as far as the questions need it, and no further. What a
 * line costs decides how long ten gigabytes take, so everything that can be told from its beginning
 * is told from there.
 */
import type { AuditFilter } from './filter.ts'
import { readHeader, type LineHeader } from './line-header.ts'
import { type LogEntry, readEntry } from './log-entry.ts'
import { type EntryContext, SessionTracker } from './session-tracker.ts'

/** What is done with the records that a filter lets through. */
export interface Consumer {
  readonly needsSessions: boolean
  /** Whether a record of this type and with this line may be of use; all are, unless given. */
  concerns?(type: string, line: string): boolean
  take(entry: LogEntry, context: EntryContext, line: string): void
  /** A record that was not selected. */
  pass?(entry: LogEntry): void
}

const NO_CONTEXT: EntryContext = {
  user: undefined,
  isOpaque: undefined,
  rule: undefined,
  isLogin: false,
}

export class Auditor {
  readonly #filter: AuditFilter
  readonly #consumer: Consumer
  readonly #tracker: SessionTracker | undefined
  #lines = 0
  #selected = 0
  #malformed = 0

  constructor(filter: AuditFilter, consumer: Consumer) {
    this.#filter = filter
    this.#consumer = consumer
    this.#tracker =
      filter.needsSessions || consumer.needsSessions ? new SessionTracker() : undefined
  }

  /** Lines so far, without empty ones. */
  get lines(): number {
    return this.#lines
  }

  /** Records that the filter let through. */
  get selected(): number {
    return this.#selected
  }

  get malformed(): number {
    return this.#malformed
  }

  /** @returns why `line` (Latin-1, see `readEntry`) is no record, where it was found to be none. */
  accept(line: string): string | undefined {
    if (line === '') return undefined
    this.#lines += 1
    const header = readHeader(line)
    const isWanted = header === undefined || this.#isWanted(header, line)
    if (!isWanted && (header === undefined || !this.#isFollowed(header, line))) return undefined
    const entry = readEntry(line)
    if ('problem' in entry) {
      this.#malformed += 1
      return entry.problem
    }
    this.#answer(entry, line, isWanted)
    return undefined
  }

  #answer(entry: LogEntry, line: string, isWanted: boolean): void {
    const context = this.#tracker?.observe(entry) ?? NO_CONTEXT
    if (!isWanted || !this.#filter.matches(entry, context)) {
      this.#consumer.pass?.(entry)
      return
    }
    this.#selected += 1
    this.#consumer.take(entry, context, line)
  }

  #isWanted(header: LineHeader, line: string): boolean {
    return (
      this.#consumer.concerns?.(header.type, line) !== false && this.#filter.mayMatch(header, line)
    )
  }

  #isFollowed(header: LineHeader, line: string): boolean {
    return this.#tracker !== undefined && SessionTracker.concerns(header, line)
  }
}
