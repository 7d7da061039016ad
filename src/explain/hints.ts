/** What would have changed a verdict: the key of the rule file, or what a peer would have to do. */
import { canBeOff } from '../engine/rules/inspection.ts'
import { checkOf } from '../engine/session/check-of.ts'
import type { Reason } from '../engine/session/reason.ts'

/** Said where no reason of its own is known: by what the code begins with. */
const BY_AREA: Readonly<Record<string, string>> = {
  cmd: 'a client that sends the command as the standards have it',
  proto: 'a client that speaks FTP',
  tls: 'peers whose TLS handshake is whole and is where it was agreed on',
  auth: 'peers that say nothing else between AUTH and the TLS handshake',
  ccc: 'peers that become clear together, after a CCC that was answered',
  gss: 'a client that protects its commands with MIC, CONF or ENC after 235',
  reply: 'a server that replies as RFC 959 has it',
  port: 'a client that announces its own address and a port from 1024',
  pasv: 'a server that announces its own address and a port from 1024',
  intercept: 'a connection that the kernel intercepted, and not one to the proxy itself',
  data: 'a data connection from the peer that was announced, while it is expected',
  setup: 'a set-up of the data connection that succeeds',
  pinhole: 'a data connection that is made in time',
  server: 'a server that stays and can be reached',
}

const BY_REASON: Partial<Record<Reason, string>> = {
  'rule.denied': 'that rule, or one before it that permits this',
  'rule.none': 'a rule that permits this connection (see "portcullis explain RULES")',
  'limit.sessions': '"limits: sessions"',
  'limit.descriptors': 'a higher limit of open files for the process',
  'limit.sessions-per-client': '"limits: sessions-per-client"',
  'limit.data-connections': 'a client that transfers one file after the other',
  'limit.wasted-pinholes': 'a client that makes the data connections it announces',
  'packet-log.failing': 'room for the packet log, or "packet-log: on-failure: continue"',
  internal: 'nothing in the rules: please report it',
  draining: 'a connection before the proxy was told to stop, or after its restart',
  'server.self': 'a server address that is not the proxy itself',
  'timeout.connect': '"timeouts: connect", or a server that accepts sooner',
  'timeout.greeting': '"timeouts: greeting", or a server that greets sooner',
  'timeout.login': '"timeouts: login", or a client that logs in sooner',
  'timeout.idle': '"timeouts: control-idle"',
  'timeout.line': '"timeouts: line"',
  'timeout.reply': '"timeouts: line"',
  'timeout.stalled': 'a peer that goes on reading',
  'timeout.handshake': '"timeouts: login", or a peer that speaks TLS here ("tls" of the listener)',
  'timeout.clearing': 'a server that ends TLS when its client does',
  'cmd.too-long': '"limits: command-bytes"',
  'cmd.bare-lf': '"line-ending: tolerant" in the profile',
  'cmd.pipelined': '"checks: pipelining" in the profile, or a client that waits for replies',
  'cmd.unacknowledged':
    '"checks: unacknowledged-commands" in the profile, or a client that waits for replies',
  'cmd.denied': '"commands: deny" in the profile, unless the proxy lets nobody use the command',
  'cmd.after-quit': 'nothing: the session was over',
  'cmd.overtaken': 'nothing: ABOR is meant to overtake',
  'tls.unexpected': '"tls: implicit" of the listener, or a client that begins with AUTH TLS',
  'tls.required': 'AUTH before it, or "encryption: allowed" in the profile',
  'tls.version': '"tls: min-version" in the profile',
  'tls.cipher': '"tls: ciphers-deny" or "null-ciphers" in the profile',
  'tls.alpn': '"tls: alpn: ignore" in the profile',
  'tls.server-name': '"tls: server-names" in the profile',
  'auth.forbidden': '"encryption: allowed" in the profile',
  'auth.mechanism': '"mechanisms" in the profile',
  'auth.after-ccc': '"auth-after-ccc: allowed" in the profile',
  'ccc.forbidden': '"clear-command-channel: allowed" in the profile',
  'login.after-ccc': 'a login before CCC',
  'login.failures': '"limits: login-failures", or a client that knows its password',
  'login.required': 'a login before it, or "login-after-ccc: kept" in the profile after CCC',
  'opaque.denied':
    '"opaque-data: static" in the profile with "server-passive-ports" of the listener, or CCC',
  'range.partial': 'the ports of "server-passive-ports" free of other programs',
  'port.foreign-address':
    'a client that announces its own address, or "third-party" or "foreign-addresses: replaced" in the profile',
  'port.denylisted': '"denied-ports" in the profile',
  'port.family': 'EPRT or EPSV with the protocol of the control connection',
  'pasv.foreign-address':
    'a server that names its own address, "public-address" of the listener if it names that, or "third-party" or "foreign-addresses: replaced" in the profile',
  'epsv-all': 'a client that stays with EPSV as it said',
  'epsv-all.translated': 'EPSV without ALL',
  'active.denied': '"active-mode: allowed" in the profile, or passive mode',
  'range.exhausted': 'more "passive-ports"',
  'pinhole.failed': 'ports of "passive-ports" that no other program holds',
  'pinhole.expired': '"timeouts: pinhole", or a peer that is faster',
  'data.source-port': '"from-port" of the rule, or a server that connects from that port',
  'data.unused': 'a transfer command after the data connection',
  'data.unreachable': 'a peer that waits where it announced',
  'data.wrong-direction': 'nothing: it was let through and noted',
  'telnet.stripped': 'nothing: it was let through without',
  'reply.too-long': '"limits: reply-bytes"',
  'reply.unterminated': '"limits: reply-lines"',
}

export function hintFor(reason: Reason): string {
  const area = reason.split('.')[0] ?? ''
  return BY_REASON[reason] ?? checkHint(reason) ?? BY_AREA[area] ?? 'nothing in the rules'
}

/** Of a check that a profile may switch off. */
function checkHint(reason: Reason): string | undefined {
  const check = checkOf(reason)
  return check !== undefined && canBeOff(check) ? `"checks: ${check}" in the profile` : undefined
}
