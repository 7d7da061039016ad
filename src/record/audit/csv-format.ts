/**
 * Records as comma-separated values (RFC 4180): a header, CRLF at the end of each row, quotes where
 * they are needed. Peers choose what stands in many cells, and a spreadsheet takes a cell that
 * begins with `=` or the like for a formula; such a cell gets an apostrophe in front, which
 * spreadsheets take as "this is text".
 */
import type { LogEntry } from './log-entry.ts'
import type { RecordFormat } from './record-format.ts'
import type { EntryContext } from './session-tracker.ts'

/** Fields with a column of their own, after those of {@link EntryContext}. */
const FIELDS: readonly string[] = [
  'time',
  'seq',
  'type',
  'session',
  'client',
  'server',
  'verb',
  'argument',
  'path',
  'code',
  'text',
  'verdict',
  'reason',
  'side',
  'detail',
  'pinhole',
  'mode',
  'peer',
  'listening',
  'dial',
  'form',
  'before',
  'after',
  'from',
  'to',
  'toClientBytes',
  'toServerBytes',
  'durationMs',
]

/** The first three come from what the records of the session say together. */
const COLUMNS: readonly string[] = [...FIELDS, 'user', 'rule', 'opaque', 'more']

const OWN: ReadonlySet<string> = new Set([...FIELDS, 'rule', 'previous', 'hash'])

export class CsvFormat implements RecordFormat {
  readonly needsSessions = true

  header(): string {
    return csvRow(COLUMNS)
  }

  format(entry: LogEntry, { user, isOpaque, rule }: EntryContext): string {
    const rest = Object.entries(entry.fields).filter(([field]) => !OWN.has(field))
    return csvRow([
      ...FIELDS.map((field) => entry.fields[field]),
      user,
      rule,
      isOpaque,
      rest.length === 0 ? undefined : JSON.stringify(Object.fromEntries(rest)),
    ])
  }

  footer(): string {
    return ''
  }
}

/** One row with its end of line. What is `undefined` gives an empty cell. */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** What begins a formula in some spreadsheet: also full-width, and behind blanks. */
const FORMULA = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

function csvCell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const inert = FORMULA.test(text) ? `'${text}` : text
  return /[",;\r\n\t]|^\s|\s$/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
