/** A summary for people (a table with a bar), for spreadsheets and for programs. */
import type { LadderStyle } from '../ladder-row.ts'
import { cut, fit, textWidth } from '../text-width.ts'
import { csvRow } from './csv-format.ts'
import { grouped, shortBytes } from './quantity.ts'
import {
  type Counts,
  type Dimension,
  type Measure,
  MEASURES,
  type Order,
  type SummaryReport,
  type SummaryRow,
  weight,
} from './summary.ts'

const TITLES: Readonly<Record<Measure, string>> = {
  sessions: 'SESSIONS',
  commands: 'COMMANDS',
  transfers: 'TRANSFERS',
  toClient: 'TO CLIENT',
  toServer: 'TO SERVER',
  refusals: 'REFUSALS',
  notes: 'NOTES',
}

/** What it makes sense to ask of each dimension. */
const SHOWN: Readonly<Record<Dimension, readonly Measure[]>> = {
  client: ['sessions', 'commands', 'transfers', 'toClient', 'toServer', 'refusals'],
  user: ['sessions', 'commands', 'transfers', 'toClient', 'toServer', 'refusals'],
  server: ['sessions', 'commands', 'transfers', 'toClient', 'toServer', 'refusals'],
  hour: ['sessions', 'commands', 'transfers', 'toClient', 'toServer', 'refusals'],
  rule: ['sessions', 'transfers', 'toClient', 'toServer', 'refusals'],
  verb: ['commands', 'transfers', 'toClient', 'toServer', 'refusals'],
  reason: ['refusals', 'notes'],
  check: ['refusals', 'notes'],
}

/** Left out in this order where there is no room for all; what rows are ordered by stays. */
const DISPENSABLE: readonly Measure[] = [
  'notes',
  'toServer',
  'commands',
  'transfers',
  'toClient',
  'sessions',
]

/** Whose is what has no key. */
const NOBODY: Readonly<Record<Dimension, string>> = {
  client: '(no client)',
  user: '(nobody logged in, or unread)',
  server: '(no server)',
  rule: '(no rule)',
  reason: '(no reason)',
  check: '(no check)',
  verb: '(no verb)',
  hour: '(no time)',
}

const COLUMNS_MIN = 40
const COLUMNS_WITHOUT_TERMINAL = 100
const GAP = '  '
const BAR_COLUMNS = { min: 8, max: 24 } as const
const KEY_COLUMNS = { min: 12, max: 48 } as const
/** Eighths of a character cell. */
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

export interface SummaryTextOptions {
  readonly columns?: number | undefined
  readonly style: LadderStyle
  readonly sort: Order
}

/** A column of numbers. */
interface Figure {
  readonly measure: Measure
  readonly title: string
  readonly width: number
  readonly cells: readonly string[]
}

interface Line {
  readonly key: string
  readonly counts: Counts
  readonly kind: 'key' | 'others' | 'total'
}

export function summaryTable(report: SummaryReport, options: SummaryTextOptions): string {
  const { style, sort } = options
  const lines = linesOf(report)
  const columns = Math.max(COLUMNS_MIN, options.columns ?? COLUMNS_WITHOUT_TERMINAL)
  const longest = Math.max(...lines.map(({ key }) => textWidth(key)), report.dimension.length)
  // The code of a reason is of use only when it is whole.
  const keyMin =
    report.dimension === 'reason' ? Math.min(longest, KEY_COLUMNS.max) : KEY_COLUMNS.min
  const figures = figuresIn(columns - keyMin, report, lines, sort)
  const room = columns - widthOf(figures)
  const keyWidth = Math.max(keyMin, Math.min(longest, KEY_COLUMNS.max, room))
  const barWidth = Math.min(BAR_COLUMNS.max, room - keyWidth - GAP.length)
  const most = Math.max(0, ...report.rows.map((row) => weight(row, sort)))
  const text = [
    style(
      'title',
      [fit(report.dimension.toUpperCase(), keyWidth)]
        .concat(figures.map(({ title, width }) => title.padStart(width)))
        .join(GAP),
    ),
    ...lines.map(({ key, counts, kind }, index) => {
      const row = figures.map(({ measure, width, cells }) => {
        const cell = (cells[index] ?? '').padStart(width)
        return style(measure === 'refusals' && counts[measure] > 0 ? 'refusal' : 'plain', cell)
      })
      const bar =
        kind === 'key' && barWidth >= BAR_COLUMNS.min
          ? barOf(weight(counts, sort), most, barWidth)
          : ''
      const name = style(kind === 'key' ? 'command' : 'quiet', fit(key, keyWidth))
      return [name, ...row, style('data', bar)].join(GAP).trimEnd()
    }),
    ...noteOf(report, columns).map((line) => style('quiet', line)),
  ]
  return `${text.join('\n')}\n`
}

export function summaryCsv(report: SummaryReport): string {
  const row = (kind: string, key: string | undefined, counts: Counts): string =>
    csvRow([key, ...MEASURES.map((name) => counts[name]), kind])
  return [
    csvRow([report.dimension, ...MEASURES, 'row']),
    ...report.rows.map((each) => row(each.key === undefined ? 'none' : 'key', each.key, each)),
    ...(report.otherKeys === 0 ? [] : [row('others', undefined, report.others)]),
    row('total', undefined, report.total),
  ].join('')
}

export function summaryJson(report: SummaryReport): string {
  const { dimension, rows, others, otherKeys, total, isExact } = report
  const withKey = (row: SummaryRow): object => ({ ...row, key: row.key ?? null })
  return `${JSON.stringify({
    by: dimension,
    rows: rows.map(withKey),
    others: { ...others, keys: otherKeys },
    total,
    exact: isExact,
  })}\n`
}

/** As many columns as fit into `room`, and at least what rows are ordered by. */
function figuresIn(
  room: number,
  { dimension }: SummaryReport,
  lines: readonly Line[],
  sort: Order,
): readonly Figure[] {
  let figures = SHOWN[dimension].map((measure) => figureOf(measure, dimension, lines))
  const kept = sort === 'bytes' ? 'toClient' : sort
  for (const measure of DISPENSABLE) {
    if (widthOf(figures) <= room) break
    if (measure !== kept) figures = figures.filter((figure) => figure.measure !== measure)
  }
  return figures
}

function figureOf(measure: Measure, dimension: Dimension, lines: readonly Line[]): Figure {
  // A user does not connect, but logs in.
  const title = dimension === 'user' && measure === 'sessions' ? 'LOGINS' : TITLES[measure]
  const cells = lines.map(({ counts }) => cellOf(measure, counts[measure]))
  return { measure, title, cells, width: Math.max(title.length, ...cells.map(textWidth)) }
}

function widthOf(figures: readonly Figure[]): number {
  return figures.reduce((sum, { width }) => sum + width + GAP.length, 0)
}

function linesOf(report: SummaryReport): readonly Line[] {
  const { dimension, rows, others, otherKeys, total, isExact } = report
  const lines: Line[] = rows.map((row) => ({
    key: row.key ?? NOBODY[dimension],
    counts: row,
    kind: 'key',
  }))
  if (otherKeys > 0) {
    const key = `${isExact ? '' : 'up to '}${grouped(otherKeys)} other${otherKeys === 1 ? '' : 's'}`
    lines.push({ key, counts: others, kind: 'others' })
  }
  return [...lines, { key: 'total', counts: total, kind: 'total' }]
}

function cellOf(name: Measure, value: number): string {
  if (value === 0) return '·'
  return name === 'toClient' || name === 'toServer' ? shortBytes(value) : grouped(value)
}

function barOf(value: number, most: number, width: number): string {
  if (most === 0) return ''
  const eighths = Math.round((value / most) * width * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + (BLOCKS[eighths % 8] ?? '')
}

function noteOf({ isExact, dimension }: SummaryReport, columns: number): readonly string[] {
  return isExact
    ? []
    : [
        cut(
          `There are more ${dimension}s than fit into memory: those with the least were`,
          columns,
        ),
        cut('added to the others, and rows that came back later may count too low.', columns),
      ]
}
