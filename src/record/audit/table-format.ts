/**
 * Records as a table, a row each. It has as many columns as the terminal has room for; a pipe gets
 * everything, and nothing is cut there. A reason code is what an auditor asks for next, so it is whole
 * in any case, if need be on a row of its own. The date stands on a line of its own, because it seldom
 * changes.
 */
import type { LadderInk, LadderStyle } from '../ladder-row.ts'
import { cut, fit, textWidth } from '../text-width.ts'
import { describeEntry } from './describe.ts'
import { addressIn } from './entry-facts.ts'
import { type LogEntry, textOf } from './log-entry.ts'
import type { RecordFormat } from './record-format.ts'
import type { EntryContext } from './session-tracker.ts'

interface Column {
  readonly title: string
  readonly width: number
  readonly ink: LadderInk
  readonly of: (entry: LogEntry, context: EntryContext) => string
}

const TIME: Column = {
  title: 'TIME',
  width: 12,
  ink: 'quiet',
  of: ({ time }) => time.slice(11, 23),
}
const SESSION: Column = {
  title: 'SESSION',
  width: 12,
  ink: 'plain',
  of: ({ session }) => session ?? '',
}
const CLIENT: Column = {
  title: 'CLIENT',
  width: 15,
  ink: 'plain',
  of: (entry) => addressIn(textOf(entry, 'client') ?? textOf(entry, 'peer') ?? ''),
}
const SERVER: Column = {
  title: 'SERVER',
  width: 15,
  ink: 'plain',
  of: (entry) => addressIn(textOf(entry, 'server') ?? ''),
}
const USER: Column = {
  title: 'USER',
  width: 12,
  ink: 'plain',
  of: (_entry, { user }) => user ?? '',
}
const TYPE: Column = { title: 'RECORD', width: 15, ink: 'plain', of: ({ type }) => type }

/** From so many columns on. */
const LAYOUTS: readonly (readonly [number, readonly Column[]])[] = [
  [150, [TIME, SESSION, CLIENT, SERVER, USER, TYPE]],
  [120, [TIME, SESSION, CLIENT, SERVER, TYPE]],
  [96, [TIME, SESSION, CLIENT, TYPE]],
  [60, [TIME, SESSION, TYPE]],
  [0, [TIME, TYPE]],
]

const COLUMNS_MIN = 40
/** Text before a reason code that is worth having beside it. */
const TEXT_COLUMNS_MIN = 8
/** Of a reason code. None of ours is longer, and a log that was tampered with may hold anything. */
const CODE_COLUMNS_MAX = 36
const INDENT = '  '

export interface TableOptions {
  /** Columns of the terminal; without, nothing is cut. */
  readonly columns?: number | undefined
  readonly style: LadderStyle
}

export class TableFormat implements RecordFormat {
  readonly needsSessions: boolean
  readonly #columns: readonly Column[]
  readonly #style: LadderStyle
  /** Room for the last column. */
  readonly #rest: number
  readonly #isCut: boolean
  #date = ''

  constructor({ columns, style }: TableOptions) {
    const width = columns === undefined ? Infinity : Math.max(COLUMNS_MIN, columns)
    this.#columns = LAYOUTS.find(([from]) => width >= from)?.[1] ?? []
    this.#isCut = columns !== undefined
    this.#rest = width - this.#columns.reduce((sum, column) => sum + column.width + 2, 0)
    this.#style = style
    this.needsSessions = this.#columns.includes(USER)
  }

  header(): string {
    const titles = this.#columns.map(({ title, width }) => fit(title, width))
    return `${this.#style('title', [...titles, 'WHAT'].join('  '))}\n`
  }

  format(entry: LogEntry, context: EntryContext): string {
    const { ink, text, code } = describeEntry(entry)
    const cells = this.#columns.map((column) =>
      this.#style(column === TYPE ? ink : column.ink, this.#cell(column, entry, context)),
    )
    const { beside, below } = withCode(text, code, this.#rest)
    const row = [...cells, this.#style(ink, beside)].join('  ').trimEnd()
    const codeRow = below === '' ? '' : `${INDENT}${this.#style(ink, below)}\n`
    return `${this.#dateLine(entry)}${row}\n${codeRow}`
  }

  footer(): string {
    return ''
  }

  #cell(column: Column, entry: LogEntry, context: EntryContext): string {
    const text = column.of(entry, context)
    return fit(text, this.#isCut ? column.width : Math.max(column.width, textWidth(text)))
  }

  #dateLine({ time }: LogEntry): string {
    const date = time.slice(0, 10)
    if (date === this.#date) return ''
    this.#date = date
    return `${this.#style('quiet', `── ${date} (UTC) ──`)}\n`
  }
}

/** Text in `width` columns, and where it has no room for the whole code, that for the row below. */
function withCode(
  text: string,
  code: string | undefined,
  width: number,
): { readonly beside: string; readonly below: string } {
  const shown = cut(text, width)
  if (code === undefined || shown.includes(code)) return { beside: shown, below: '' }
  const before = text.replace(` [${code}]`, '')
  const ending = cut(` [${code}]`, CODE_COLUMNS_MAX)
  const room = width - textWidth(ending)
  return room < TEXT_COLUMNS_MIN
    ? { beside: cut(before, width), below: ending.trimStart() }
    : { beside: cut(before, room) + ending, below: '' }
}
