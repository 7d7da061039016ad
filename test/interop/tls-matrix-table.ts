/** Draws the TLS matrix: a row for each way to be encrypted; the operations are announcements. */
import { TLS_CLIENTS } from '../support/peers/tls-clients.ts'
import type { Way } from './cell.ts'
import { drawMatrix } from './matrix-table.ts'
import { type TlsCellReport, formatTlsCell, formatTlsRow } from './tls-cell.ts'

const INTEROP_WAYS: readonly Way[] = ['direct', 'proxy']

/** Empty when no cell was run. */
export function formatTlsMatrix(
  reports: readonly TlsCellReport[],
  title = 'Encrypted sessions: announcements (PASV, EPSV, PORT, EPRT) that worked',
  ways: readonly Way[] = INTEROP_WAYS,
): string {
  return drawMatrix(reports, {
    title,
    columns: TLS_CLIENTS.map(({ name }) => name),
    ways,
    rowName: (report) => {
      const family = report.family === 6 ? ', IPv6' : ''
      return `${report.server}: ${formatTlsRow(report)}${family}`
    },
    formatCell: formatTlsCell,
  })
}
