/** What cannot work: marked `–` in the TLS matrix and asked of nobody. */
import type { Announcement } from '../support/peers/client.ts'
import type { Way } from './cell.ts'
import type { TlsCell } from './tls-cell.ts'

/** Holds for the cells that agree with it in all it says. */
interface TlsGap extends Partial<TlsCell> {
  /** Absent: without a proxy, and so with one. */
  readonly way?: Way
  /** Absent: every one. */
  readonly announcements?: readonly Announcement[]
  readonly reason: string
}

const UNREADABLE =
  'the proxy cannot read the address in an encrypted PORT or EPRT, and the server accepts only that of the proxy'

/** curl/curl#10666: versions 7.87 and 7.88 forgot TLS when they accept a data connection. */
const NO_TLS_WHEN_ACCEPTING = 'curl 7.88 does not begin TLS on a data connection it accepted'

const EOF_AT_CCC = "lftp takes the server's close_notify after CCC for the end of the connection"

/** ProFTPD did so too until clients that send none became too many (proftpd/proftpd#954). */
const AWAITS_CLOSE_NOTIFY =
  "Pure-FTPd reads on after CCC until the client's close_notify, which this client does not send"

/** RFC 959: from the port below its own, which is 20; and ProFTPD with implicit TLS is at 990. */
const NOT_FROM_20 =
  'the server connects for data from another port than 20, and no more is permitted where PORT cannot be read'

const THROUGH_KERNEL: readonly Way[] = ['front-door-kernel', 'gateway-redirect', 'gateway-tproxy']

const ACTIVE: readonly Announcement[] = ['PORT', 'EPRT']

const TLS_GAPS: readonly TlsGap[] = [
  { client: 'curl', protection: 'P', announcements: ACTIVE, reason: NO_TLS_WHEN_ACCEPTING },
  { client: 'curl passive', protection: 'P', announcements: ACTIVE, reason: NO_TLS_WHEN_ACCEPTING },
  { client: 'lftp', security: 'ccc', reason: EOF_AT_CCC },
  { server: 'pure-ftpd', client: 'curl passive', reason: AWAITS_CLOSE_NOTIFY },
  { server: 'pure-ftpd', client: 'scripted mute', reason: AWAITS_CLOSE_NOTIFY },
  ...(['explicit', 'implicit'] as const).flatMap((security): TlsGap[] => {
    const opaque = { security, announcements: ACTIVE }
    return [
      { ...opaque, way: 'proxy', reason: UNREADABLE },
      // The server knows no way to the private address that it is told.
      { ...opaque, way: 'nat-gateway', reason: UNREADABLE },
      { ...opaque, server: 'pure-ftpd', way: 'front-door-kernel', reason: UNREADABLE },
      { ...opaque, server: 'pure-ftpd', way: 'gateway-redirect', reason: UNREADABLE },
      ...THROUGH_KERNEL.map((way) => ({
        ...opaque,
        server: 'pyftpdlib' as const,
        way,
        reason: NOT_FROM_20,
      })),
    ]
  }),
  ...THROUGH_KERNEL.map((way) => ({
    server: 'proftpd' as const,
    security: 'implicit' as const,
    announcements: ACTIVE,
    way,
    reason: NOT_FROM_20,
  })),
]

/** Why `announcement` is not asked of this cell, or `undefined` when it is. */
export function knownTlsGap(
  cell: TlsCell,
  announcement: Announcement,
  way: Way,
): string | undefined {
  return TLS_GAPS.find((gap) => {
    const { way: onlyWay, announcements, reason: _, ...wanted } = gap
    return (
      (onlyWay ?? way) === way &&
      (announcements?.includes(announcement) ?? true) &&
      (Object.keys(wanted) as (keyof TlsCell)[]).every((key) => wanted[key] === cell[key])
    )
  })?.reason
}
