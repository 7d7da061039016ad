/**
 * Draws the TLS matrix as text: a row for each way to be encrypted, a column for each client. An
 * entry is `direct → proxy`, each the number of announcements by which sessions worked.
 */
import { TLS_CLIENTS } from '../support/peers/tls-clients.ts'
import { drawTable, firstLine, groupBy } from './matrix-table.ts'
import { type TlsCellReport, formatTlsCell, formatTlsRow } from './tls-cell.ts'

/** Empty when no cell was run. */
export function formatTlsMatrix(reports: readonly TlsCellReport[]): string {
  if (reports.length === 0) return ''
  const columns = TLS_CLIENTS.map(({ name }) => name)
  const rows = groupBy(reports, (report) => `${report.server}: ${formatTlsRow(report)}`)
  const lines = [...rows].map(([name, row]) => [
    name,
    ...columns.map((client) => entry(row.filter((report) => report.client === client))),
  ])
  return [
    'Encrypted sessions: announcements (PASV, EPSV, PORT, EPRT) that worked, direct → through the proxy',
    drawTable([['', ...columns], ...lines]),
    '✓ all that were asked   ✗ some failed   – not asked of this pair, see below   · no such mode',
    ...footnotes(reports),
  ].join('\n')
}

function entry(reports: readonly TlsCellReport[]): string {
  if (reports.length === 0) return '·'
  const mark = (way: TlsCellReport['way']): string => {
    const report = reports.find((candidate) => candidate.way === way)
    if (report === undefined) return ''
    if (report.failed.length > 0) return `✗${report.passed.length}`
    if (report.passed.length === 0) return '–'
    return `✓${report.passed.length}${report.left.length > 0 ? '–' : ''}`
  }
  return `${mark('direct')} → ${mark('proxy')}`.replace(/ → $/, '')
}

function footnotes(reports: readonly TlsCellReport[]): string[] {
  const failures = reports.flatMap((report) =>
    report.failed.map(({ operation, problem }) => {
      const place = `${report.way}: ${report.server}, ${formatTlsCell(report)}`
      return `✗ ${place}: ${operation}: ${firstLine(problem)}`
    }),
  )
  // One line for a reason, however many cells it holds for.
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
