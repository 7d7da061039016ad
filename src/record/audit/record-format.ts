/** What turns selected records into output. */
import type { LogEntry } from './log-entry.ts'
import type { EntryContext } from './session-tracker.ts'

export interface RecordFormat {
  /** It needs the context of every record: an {@link EntryContext} is worked out for it. */
  readonly needsSessions: boolean
  /** What comes first; empty, or whole lines. */
  header(): string
  /** Whole lines for a record that was selected. `line` is its text in the file, as Latin-1. */
  format(entry: LogEntry, context: EntryContext, line: string): string
  /** A record that was not selected, for formats that learn from it. */
  pass?(entry: LogEntry): void
  /** What is left to say at the end. */
  footer(): string
  /** Text to write is Latin-1, a character for each byte of the log. */
  readonly isRaw?: boolean
}

/** Records as they stand in the log, byte for byte. */
export class JsonFormat implements RecordFormat {
  readonly needsSessions = false
  readonly isRaw = true

  header(): string {
    return ''
  }

  format(_entry: LogEntry, _context: EntryContext, line: string): string {
    return `${line}\n`
  }

  footer(): string {
    return ''
  }
}
