/** Replies that the proxy gives in the server's place, one code for each reason. */
import type { IpFamily } from '../../net/ip.ts'
import { REASONS, type Reason } from './reason.ts'

export interface LocalReply {
  readonly code: number
  readonly text: string
}

/** Reasons that end the session are answered 421 and do not stand here. */
const CODES: { readonly [R in Reason]?: number } = {
  'cmd.syntax': 500,
  'cmd.bare-lf': 500,
  'cmd.bare-cr': 501,
  'cmd.nul': 501,
  'cmd.control-byte': 501,
  'cmd.telnet': 501,
  'cmd.reply': 500,
  'cmd.truncated': 501,
  'cmd.eight-bit': 501,
  'cmd.argument': 501,
  'cmd.denied': 502,
  'cmd.rest': 502,
  'cmd.site-exec': 502,
  'cmd.unknown': 502,
  'cmd.overtaken': 503,
  'cmd.pipelined': 503,
  'cmd.unacknowledged': 503,
  'file.name': 553,
  'file.type': 553,
  'user.name': 530,
  'epsv-all': 503,
  'epsv-all.translated': 504,
  'active.denied': 502,
  'login.required': 530,
  'login.after-ccc': 530,
  'tls.required': 530,
  // RFC 4217 §5, RFC 2228 §3
  'auth.forbidden': 502,
  'auth.mechanism': 504,
  'auth.after-ccc': 534,
  'ccc.unprotected': 533,
  'ccc.frozen': 503,
  'gss.clear-command': 533,
  'gss.unexpected': 503,
  'port.malformed': 501,
  'port.foreign-address': 501,
  'port.special-address': 501,
  'port.self': 501,
  // RFC 2577 §3
  'port.privileged': 504,
  'port.denylisted': 504,
  // RFC 2428 §2
  'port.family': 522,
  'rule.denied': 425,
  'rule.none': 425,
  'range.exhausted': 425,
  'pinhole.failed': 425,
  'pinhole.expired': 425,
  'setup.mismatch': 425,
  'setup.refused': 425,
  'pasv.malformed': 425,
  'pasv.foreign-address': 425,
  'pasv.bad-port': 425,
  'reply.mismatch': 500,
}

/** What the client is told; `family` is the network protocol it may use instead (522). */
export function localReply(reason: Reason, family: IpFamily): LocalReply {
  const code = CODES[reason] ?? 421
  if (code === 522)
    return { code, text: `Network protocol not supported, use (${family === 4 ? 1 : 2})` }
  return { code, text: sentence(REASONS[reason]) }
}

export function formatReply(reply: LocalReply): Uint8Array {
  return Buffer.from(`${reply.code} ${reply.text}\r\n`, 'latin1')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
