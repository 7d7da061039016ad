/**
 * Draws the interop matrix as text: a row for each server, family and announcement, a column for
 * each client. An entry is `direct → proxy`, each the number of operations that worked.
 */
import { CLIENTS } from '../support/peers/clients.ts'
import { type Cell, type CellReport, formatCell } from './cell.ts'

/** Empty when no cell was run. */
export function formatMatrix(reports: readonly CellReport[]): string {
  if (reports.length === 0) return ''
  const columns = CLIENTS.map(({ name }) => name)
  const rows = groupBy(reports, rowName)
  const lines = [...rows].map(([name, row]) => [
    name,
    ...columns.map((client) => entry(row.filter((report) => report.client === client))),
  ])
  return [
    'Interoperation: operations that worked, direct → through the proxy',
    drawTable([['', ...columns], ...lines]),
    '✓ all that were asked   ✗ some failed   – not asked of this pair, see below   · no such mode',
    ...footnotes(reports),
  ].join('\n')
}

function rowName(cell: Cell): string {
  const load = cell.load === 'large' ? ' 256 MiB' : ''
  return `${cell.server} IPv${cell.family} ${cell.announcement}${load}`
}

function entry(reports: readonly CellReport[]): string {
  if (reports.length === 0) return '·'
  const mark = (way: CellReport['way']): string => {
    const report = reports.find((candidate) => candidate.way === way)
    if (report === undefined) return ''
    if (report.failed.length > 0) return `✗${report.passed.length}`
    if (report.passed.length === 0) return '–'
    return `✓${report.passed.length}${report.left.length > 0 ? '–' : ''}`
  }
  return `${mark('direct')} → ${mark('proxy')}`.replace(/ → $/, '')
}

function footnotes(reports: readonly CellReport[]): string[] {
  const failures = reports
    .filter(({ failed }) => failed.length > 0)
    .map((report) => {
      const operations = report.failed.map(({ operation }) => operation).join(', ')
      const problem = firstLine(report.failed[0]?.problem ?? '')
      return `✗ ${report.way}: ${report.server}, ${formatCell(report)}: ${operations}: ${problem}`
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
export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
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
