/**
 * Records as a table, a row each. It has as many columns as the terminal has room for; a pipe gets
 * everything, and nothing is cut there. The date stands on a line of its own, because it seldom
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
  [0, [TIME, SESSION, TYPE]],
]

const COLUMNS_MIN = 60

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
    const { ink, text } = describeEntry(entry)
    const cells = this.#columns.map((column) =>
      this.#style(column === TYPE ? ink : column.ink, this.#cell(column, entry, context)),
    )
    const what = this.#style(ink, cut(text, this.#rest))
    return `${this.#dateLine(entry)}${[...cells, what].join('  ').trimEnd()}\n`
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
