/** What does not work without a proxy either: marked `–` in the matrix and asked of nobody. */
import type { ClientName } from '../support/peers/client.ts'
import type { ServerName } from '../support/peers/server.ts'
import type { Cell, Operation } from './cell.ts'

/** Whether clients and servers are hosts of their own or meet on the loopback interface. */
export type Network = 'loopback' | 'lab'

interface KnownGap {
  readonly server?: ServerName
  readonly client?: ClientName
  readonly announcement?: Cell['announcement']
  readonly family?: Cell['family']
  /** Absent: every one. */
  readonly operation?: Operation
  /** Absent: everywhere. */
  readonly network?: Network
  readonly reason: string
}

/** ftplib sends the line feed of ABOR as the urgent byte, and the next command joins the line. */
const URGENT_LINE_FEED = 'the server takes the urgent line feed of ABOR out of the line'

/** Only vsftpd accepts it; a proxy that does not let third parties be named rightly refuses it. */
const UNSPECIFIED_ADDRESS = 'on the IPv6 loopback interface lftp announces the address `::`'

const KNOWN_GAPS: readonly KnownGap[] = [
  { server: 'vsftpd', client: 'ftplib', operation: 'abort', reason: URGENT_LINE_FEED },
  { server: 'proftpd', client: 'ftplib', operation: 'abort', reason: URGENT_LINE_FEED },
  { server: 'pure-ftpd', client: 'ftplib', operation: 'abort', reason: URGENT_LINE_FEED },
  { client: 'lftp', announcement: 'EPRT', network: 'loopback', reason: UNSPECIFIED_ADDRESS },
]

/** Why `operation` is not asked of this cell, or `undefined` when it is. */
export function knownGap(cell: Cell, operation: Operation, network: Network): string | undefined {
  return KNOWN_GAPS.find(
    (gap) =>
      (gap.operation ?? operation) === operation &&
      (gap.network ?? network) === network &&
      (gap.server ?? cell.server) === cell.server &&
      (gap.client ?? cell.client) === cell.client &&
      (gap.announcement ?? cell.announcement) === cell.announcement &&
      (gap.family ?? cell.family) === cell.family,
  )?.reason
}
