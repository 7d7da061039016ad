/** Which check of the profile a reason belongs to: what has this reason is a hit of that check. */
import type { CheckName } from '../rules/inspection.ts'
import type { Reason } from './reason.ts'

const CHECKS: { readonly [R in Reason]?: CheckName } = {
  'cmd.nul': 'embedded-commands',
  'cmd.bare-cr': 'embedded-commands',
  'cmd.control-byte': 'embedded-commands',
  'cmd.telnet': 'embedded-commands',
  'cmd.bare-lf': 'bare-line-feeds',
  'cmd.truncated': 'truncated-commands',
  'port.malformed': 'malformed-addresses',
  'pasv.malformed': 'malformed-addresses',
  'reply.command': 'command-spoofing',
  'cmd.reply': 'reply-spoofing',
  'port.privileged': 'low-ports',
  'pasv.bad-port': 'low-ports',
  'cmd.pipelined': 'pipelining',
  'cmd.unacknowledged': 'unacknowledged-commands',
  'cmd.eight-bit': 'eight-bit',
  'cmd.rest': 'rest',
  'cmd.site-exec': 'site-exec',
  'cmd.unknown': 'unknown-verbs',
  'reply.banner': 'banner',
  'reply.system': 'syst-reply',
  'file.name': 'file-names',
  'file.type': 'file-types',
  'user.name': 'users',
}

export function checkOf(reason: Reason): CheckName | undefined {
  return CHECKS[reason]
}
