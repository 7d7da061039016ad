/** What a line of the client comes to, before anything is known of the session's state. */
import {
  asciiUpper,
  type Command,
  lexCommand,
  lineShape,
  telnetPrefixLength,
} from '../ftp/command.ts'
import type { FramedLine, LineFramer, LineProblem } from '../ftp/line.ts'
import { isKnownVerb } from '../ftp/verb.ts'
import type { Reason } from './reason.ts'

export interface ClientCommand {
  readonly type: 'command'
  readonly command: Command
  readonly isTelnetStripped: boolean
}

/** `isBareLf`: it ends in LF alone, which is tolerated here. */
export type ClientLine =
  | (ClientCommand & { readonly isBareLf?: true })
  | { readonly type: 'empty' }
  /** Answered by the proxy; the session goes on. `shape` never shows an argument. */
  | { readonly type: 'bad'; readonly reason: Reason; readonly shape: string }
  /** Ends the session. */
  | { readonly type: 'fatal'; readonly reason: Reason }

const PROBLEMS: { readonly [P in Exclude<LineProblem, 'too-long'>]: Reason } = {
  nul: 'cmd.nul',
  'bare-cr': 'cmd.bare-cr',
  'bare-lf': 'cmd.bare-lf',
}

const MALFORMED = {
  syntax: 'cmd.syntax',
  'control-byte': 'cmd.control-byte',
  telnet: 'cmd.telnet',
} as const satisfies Record<string, Reason>

/** The next line; `undefined` when more bytes are needed. */
export function readClientLine(framer: LineFramer, wasProtected = false): ClientLine | undefined {
  const alien = framer.peek()
  if (alien !== undefined && isAlien(alien)) {
    if (wasProtected && isTlsRecord(alien)) return { type: 'fatal', reason: 'ccc.mixed' }
    return { type: 'fatal', reason: alien === TLS_HANDSHAKE ? 'tls.unexpected' : 'cmd.binary' }
  }
  const framed = framer.next()
  return framed === undefined ? undefined : readFramed(framed)
}

/**
 * ABOR whose LF was sent as urgent data (RFC 959 §4.1.3 asks for urgency; some clients mark the
 * last byte of the line): it is taken out of the stream on the way and never comes.
 */
export function isAborWithoutLf(framer: LineFramer): boolean {
  if (framer.byteCount === 0 || framer.byteCount > SHORT_LINE_BYTES) return false
  const { partial } = framer
  const line = partial.subarray(telnetPrefixLength(partial))
  return line.length === 5 && asciiUpper(Buffer.from(line).toString('latin1')) === 'ABOR\r'
}

/** ABOR, its CR, and the Telnet bytes before it; longer lines are not even looked at. */
const SHORT_LINE_BYTES = 16

/** The ABOR that {@link isAborWithoutLf} saw. */
export function readAborWithoutLf(framer: LineFramer): ClientLine | undefined {
  const framed = isAborWithoutLf(framer) ? framer.completeAtCr() : undefined
  return framed === undefined ? undefined : readFramed(framed)
}

function readFramed(framed: FramedLine): ClientLine {
  if (framed.type === 'malformed') {
    if (framed.problem === 'too-long') return { type: 'fatal', reason: 'cmd.too-long' }
    return { type: 'bad', reason: PROBLEMS[framed.problem], shape: lineShape(framed.bytes) }
  }
  const lexed = lexCommand(framed.bytes)
  switch (lexed.type) {
    case 'foreign':
      return { type: 'fatal', reason: lexed.protocol === 'http' ? 'proto.http' : 'proto.foreign' }
    case 'malformed': {
      const isReply = lexed.problem === 'syntax' && looksLikeReply(framed.bytes)
      const reason = isReply ? 'cmd.reply' : MALFORMED[lexed.problem]
      return { type: 'bad', reason, shape: lexed.shape }
    }
    case 'command':
      return framed.isBareLf === true ? { ...lexed, isBareLf: true } : lexed
    default:
      return lexed
  }
}

/** Three digits and a space, a hyphen or nothing: no command begins so, and every reply does. */
function looksLikeReply(line: Uint8Array): boolean {
  return /^[1-6]\d\d(?:[ -]|$)/.test(Buffer.from(line.subarray(0, 4)).toString('latin1'))
}

const TLS_HANDSHAKE = 0x16

/** Content types of TLS records (RFC 8446 §5.1). */
export function isTlsRecord(byte: number): boolean {
  return byte >= 20 && byte <= 23
}

/** First bytes that no command line starts with; a CR or LF is an empty line. */
function isAlien(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x0d && byte !== 0x0a && byte !== 0x09) || byte === 0x80
}

/**
 * How records name a command. While the server waits for a password the next line may be one that
 * was typed without PASS, so only verbs that FTP knows are shown.
 */
export function shownVerb(command: Command, isAwaitingSecret: boolean): string {
  return isAwaitingSecret && !isKnownVerb(command.verb) ? HIDDEN_VERB : command.verb
}

export const HIDDEN_VERB = '****'
