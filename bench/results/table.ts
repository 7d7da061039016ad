/** Figures as a table: Markdown, which is readable on a terminal as well. */
import type { Comparison, Row } from '../comparison.ts'

/** `against`: whom the last column is about; without one the first row. */
export function formatComparison(
  comparison: Comparison,
  against: string = comparison.rows[0]?.peer ?? '',
): string {
  const { title, figure, rounds, rows, ratio } = comparison
  const extra = `of ${against}, ${figure}`
  const table = formatRows(
    rows,
    rows.some(({ peer }) => peer === against)
      ? { name: extra, of: ({ peer }) => `${formatNumber(ratio(peer, against))}x` }
      : undefined,
  )
  return `### ${title}\n\nMedians of ${rounds} rounds, in turns.\n\n${table}`
}

export function formatRows(
  rows: readonly Row[],
  extra?: { readonly name: string; readonly of: (row: Row) => string },
): string {
  const names = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))].filter(
    // A column of noughts says nothing; one failure is worth the column.
    (name) => name !== 'failed' || rows.some(({ figures }) => figures['failed'] !== 0),
  )
  const head = ['', ...names, ...(extra === undefined ? [] : [extra.name])]
  const lines = rows.map((row) => [
    row.peer,
    ...names.map((name) => formatNumber(row.figures[name])),
    ...(extra === undefined ? [] : [extra.of(row)]),
  ])
  return formatTable(head, lines, [0])
}

/** Columns are figures, to the right, but those in `left`. */
export function formatTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  left: readonly number[],
): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...lines].map((cells) => cells[at]?.length ?? 0)),
  )
  const pad = (text: string, at: number): string =>
    left.includes(at) ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)
  const format = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`
  const rule = widths.map((width, at) =>
    left.includes(at) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`,
  )
  return [format(head), `|${rule.join('|')}|`, ...lines.map(format)].join('\n')
}

export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toFixed(digits)
}
