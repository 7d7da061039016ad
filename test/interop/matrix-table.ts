/**
 * Draws a matrix of the laboratory as text: a row for each way to hold a session, a column for each
 * client. An entry is how many operations worked, once for each way to reach the server.
 */
import { CLIENTS } from '../support/peers/clients.ts'
import { type Cell, type CellReport, type Way, formatCell } from './cell.ts'

/** What the cells of all matrices have in common. */
interface MatrixReport {
  readonly server: string
  readonly client: string
  readonly way: Way
  readonly passed: readonly string[]
  readonly failed: readonly { readonly operation: string; readonly problem: string }[]
  readonly left: readonly { readonly operation: string; readonly reason: string }[]
}

interface Drawing<Report extends MatrixReport> {
  readonly title: string
  readonly columns: readonly string[]
  readonly ways: readonly Way[]
  readonly rowName: (report: Report) => string
  readonly formatCell: (report: Report) => string
}

const INTEROP_WAYS: readonly Way[] = ['direct', 'proxy']

/** Empty when no cell was run. */
export function formatMatrix(
  reports: readonly CellReport[],
  title = 'Interoperation: operations that worked',
  ways: readonly Way[] = INTEROP_WAYS,
): string {
  const columns = CLIENTS.map(({ name }) => name)
  return drawMatrix(reports, { title, columns, ways, rowName, formatCell })
}

function rowName(cell: Cell): string {
  const load = cell.load === 'large' ? ' 256 MiB' : ''
  return `${cell.server} IPv${cell.family} ${cell.announcement}${load}`
}

/** Empty when no cell was run. */
export function drawMatrix<Report extends MatrixReport>(
  all: readonly Report[],
  drawing: Drawing<Report>,
): string {
  const reports = all.filter(({ way }) => drawing.ways.includes(way))
  if (reports.length === 0) return ''
  const ways = drawing.ways.filter((way) => reports.some((report) => report.way === way))
  const rows = groupBy(reports, drawing.rowName)
  const lines = [...rows].map(([name, row]) => [
    name,
    ...drawing.columns.map((client) =>
      entry(
        ways,
        row.filter((report) => report.client === client),
      ),
    ),
  ])
  return [
    `${drawing.title}, ${ways.join(' → ')}`,
    drawTable([['', ...drawing.columns], ...lines]),
    '✓ all that were asked   ✗ some failed   – not asked of this pair, see below   · no such mode',
    ...footnotes(reports, drawing.formatCell),
  ].join('\n')
}

function entry(ways: readonly Way[], reports: readonly MatrixReport[]): string {
  if (reports.length === 0) return '·'
  const marks = ways.map((way) => {
    const report = reports.find((candidate) => candidate.way === way)
    if (report === undefined) return ''
    if (report.failed.length > 0) return `✗${report.passed.length}`
    if (report.passed.length === 0) return '–'
    return `✓${report.passed.length}${report.left.length > 0 ? '–' : ''}`
  })
  while (marks.at(-1) === '') marks.pop()
  return marks.join(' → ')
}

function footnotes<Report extends MatrixReport>(
  reports: readonly Report[],
  describe: (report: Report) => string,
): string[] {
  const failures = reports
    .filter(({ failed }) => failed.length > 0)
    .map((report) => {
      const operations = report.failed.map(({ operation }) => operation).join(', ')
      const problem = firstLine(report.failed[0]?.problem ?? '')
      return `✗ ${report.way}: ${report.server}, ${describe(report)}: ${operations}: ${problem}`
    })
  // One line for a reason, however many cells and operations it holds for.
  const reasons = groupBy(
    reports.flatMap((report) => report.left.map((gap) => ({ ...gap, report }))),
    ({ reason }) => reason,
  )
  const left = [...reasons].map(([reason, gaps]) => {
    const pairs = new Set(gaps.map(({ report }) => `${report.server} × ${report.client}`))
    const operations = new Set(gaps.map(({ operation }) => operation))
    return `– ${reason} (${[...pairs].join(', ')}: ${[...operations].join(', ')})`
  })
  return [...failures, ...left]
}

/** What follows it is the transcript, which the failed test shows. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}

/** The first line is the heading. */
export function drawTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  const drawLine = (cells: readonly string[]): string =>
    `│ ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' │ ')} │`
  const drawRule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right
  const [heading = [], ...body] = lines
  return [
    drawRule('┌', '┬', '┐'),
    drawLine(heading),
    drawRule('├', '┼', '┤'),
    ...body.map(drawLine),
    drawRule('└', '┴', '┘'),
  ].join('\n')
}
