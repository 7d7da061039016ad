/** One cell of the TLS matrix: which peers meet, how they are encrypted, and what came of it. */
import type { IpFamily } from '../../src/net/ip.ts'
import type { Announcement } from '../support/peers/client.ts'
import type { ServerName } from '../support/peers/server.ts'
import type {
  ProtectionLevel,
  Security,
  TlsClientName,
  TlsVersion,
} from '../support/peers/tls-client.ts'
import type { Way } from './cell.ts'

/** A row of the matrix: everything but the client. */
export interface TlsRow {
  readonly server: ServerName
  readonly security: Security
  readonly version: TlsVersion
  readonly protection: ProtectionLevel
  /** Whether the server demands that encrypted data connections resume the control connection's. */
  readonly requiresReuse: boolean
}

export interface TlsCell extends TlsRow {
  readonly client: TlsClientName
}

/** A cell's operations are sessions, one for each command that announces data connections. */
export interface TlsCellReport extends TlsCell {
  readonly way: Way
  /** Absent: IPv4. */
  readonly family?: IpFamily
  readonly passed: readonly Announcement[]
  readonly failed: readonly { readonly operation: Announcement; readonly problem: string }[]
  /** Not asked of this pair, because it cannot work. */
  readonly left: readonly { readonly operation: Announcement; readonly reason: string }[]
}

declare module 'vitest' {
  interface TaskMeta {
    tlsCell?: TlsCellReport
  }
}

const SECURITY: Readonly<Record<Security, string>> = {
  explicit: 'AUTH TLS',
  implicit: 'implicit',
  ccc: 'AUTH TLS, CCC',
}

export function formatTlsRow(row: TlsRow): string {
  const reuse = row.requiresReuse ? ', reuse' : ''
  return `${SECURITY[row.security]}, TLS ${row.version}, PROT ${row.protection}${reuse}`
}

export function formatTlsCell(cell: TlsCell): string {
  return `${cell.client}: ${formatTlsRow(cell)}`
}
