/**
 * What a client's transcript says about announcements. Digests on disk show that bytes arrived;
 * only the transcript shows that they came the way the cell is about, and that a proxy did not
 * simply let the server's own address through.
 */
import { ip } from '../../src/net/ip.ts'
import { rangeHas } from '../../src/net/port.ts'
import type { Announcement } from '../support/peers/client.ts'
import type { RunningServer } from '../support/peers/server.ts'
import type { RunningFront } from './front.ts'

/**
 * A command as curl (`> PASV`), lftp, tnftp and inetutils-ftp (`---> PASV`), ftplib
 * (`*cmd* 'PASV'`) and basic-ftp (`> PASV`) log it.
 */
const SENT = /^(?:-*> ?|\*cmd\* ['"])(PASV|EPSV|PORT|EPRT|ABOR)\b/gm
/** The numbers of a 227, or the port of a 229, as any of them logs the reply. */
const PASSIVE_REPLY = /(?:227 [^\n]*?(\d+,\d+,\d+,\d+),(\d+),(\d+)|229 [^\n]*\|\|\|(\d+)\|)/g

/** The problem, or `undefined` when only the wanted command announced data connections. */
export function announcementProblem(text: string, wanted: Announcement): string | undefined {
  const sent = new Set([...text.matchAll(SENT)].map((match) => match[1] ?? ''))
  sent.delete('ABOR')
  if (sent.size === 1 && sent.has(wanted)) return undefined
  return `announced by ${[...sent].join(' and ') || 'nothing'} instead of ${wanted}`
}

/** The problem, or `undefined` when no 227 or 229 shows the server behind a proxy. */
export function leakProblem(
  text: string,
  front: RunningFront,
  server: RunningServer,
): string | undefined {
  for (const [reply, host, high, low, extendedPort] of text.matchAll(PASSIVE_REPLY)) {
    if (host !== undefined && ip(host.replaceAll(',', '.')) !== front.endpoint.address)
      return `the client was told ${reply}, and the proxy is at ${front.endpoint.address}`
    const port = Number(extendedPort ?? Number(high) * 256 + Number(low))
    if (rangeHas(server.passivePorts, port)) return `the client was told the server's own ${reply}`
  }
  return undefined
}

/** Whether the client says that it sent ABOR; tnftp and inetutils-ftp say it in words. */
export function saysAbort(text: string): boolean {
  return (
    [...text.matchAll(SENT)].some((match) => match[1] === 'ABOR') ||
    text.includes('receive aborted')
  )
}
