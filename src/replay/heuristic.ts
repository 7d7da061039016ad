/**
 * Whether a TCP connection is a control connection of FTP, from what the two sides say first. On
 * port 21 (and where the user says so) it is one whatever they say, since an attack may begin
 * unlike FTP; elsewhere a server greets with 220 and a client answers with a verb of FTP.
 */
import type { DialogueSide } from '../record/capture/tcp-dialogue.ts'

export type Guess =
  /** `server` is the side that serves. */
  | { readonly type: 'control'; readonly server: DialogueSide; readonly isTls: boolean }
  | { readonly type: 'other' }
  /** More has to be seen. */
  | { readonly type: 'unknown' }

export interface Beginning {
  /** The first bytes of each side; side 0 opened the connection, if `isFromStart`. */
  readonly first: readonly [Uint8Array, Uint8Array]
  readonly ports: readonly [number, number]
  readonly isFromStart: boolean
}

/** Bytes of a side that are kept to tell by. A greeting may be long, its first line is not. */
export const FIRST_BYTES_MAX = 512

const FTP = 21
const FTPS = 990

/** What a client may say first; verbs that SMTP, POP3 or IRC have as well are not enough. */
const CLIENT =
  /^(?:USER |AUTH (?:TLS|SSL|GSSAPI|TLS-C|TLS-P)|FEAT\r?\n|HOST |SYST\r?\n|CLNT |OPTS )/i
/** For a connection whose beginning was not captured. */
const CLIENT_LATER =
  /^(?:USER|PASS|ACCT|CWD|CDUP|QUIT|PORT|EPRT|PASV|EPSV|TYPE|RETR|STOR|APPE|LIST|NLST|MLSD|MLST|SIZE|MDTM|ABOR|FEAT|AUTH|PBSZ|PROT|REST|SYST|CCC)(?: [^\r\n]*)?\r?\n/i
const GREETING = /^(?:220|120)[ -]/
const REPLY = /^[1-6]\d\d[ -]/
/** Others who greet with 220, or say USER. */
const FOREIGN = /^(?:220[ -][^\r\n]*(?:SMTP|\bmail\b)|\+OK|\* OK|:|NOTICE |SSH-|HTTP\/)/i

export function guess(beginning: Beginning, forced: ReadonlySet<number>): Guess {
  const { first, ports, isFromStart } = beginning
  for (const side of [1, 0] as const) {
    if (side === 0 && isFromStart) break
    const port = ports[side]
    if (port !== FTP && port !== FTPS && !forced.has(port)) continue
    const isTls = startsTls(first[side === 1 ? 0 : 1])
    const isEmpty = first[0].length === 0 && first[1].length === 0
    if (isEmpty && (port === FTPS || forced.has(port))) return { type: 'unknown' }
    if (port === FTPS && !isTls && first[side].length === 0) return { type: 'unknown' }
    return { type: 'control', server: side, isTls: isTls && first[side].length === 0 }
  }
  return isFromStart ? guessNew(first) : guessRunning(first)
}

function guessNew([client, server]: Beginning['first']): Guess {
  const said = text(client)
  const greeting = text(server)
  if (isContrary(said, CLIENT) || isContrary(greeting, GREETING) || FOREIGN.test(greeting))
    return { type: 'other' }
  if (!GREETING.test(greeting)) return { type: 'unknown' }
  if (CLIENT.test(said) || /^22\d[ -][^\r\n]*FTP/i.test(greeting))
    return { type: 'control', server: 1, isTls: false }
  return { type: 'unknown' }
}

function guessRunning(first: Beginning['first']): Guess {
  const [a, b] = [text(first[0]), text(first[1])]
  for (const [client, server, side] of [
    [a, b, 1],
    [b, a, 0],
  ] as const)
    if (CLIENT_LATER.test(client) && REPLY.test(server))
      return { type: 'control', server: side, isTls: false }
  const mayBe = (said: string): boolean =>
    !isContrary(said, CLIENT_LATER) || !isContrary(said, REPLY)
  return mayBe(a) && mayBe(b) && !(REPLY.test(a) && REPLY.test(b))
    ? { type: 'unknown' }
    : { type: 'other' }
}

/** A whole line, or more than any verb, has come and is not what was looked for. */
function isContrary(said: string, expected: RegExp): boolean {
  if (said === '' || expected.test(said)) return false
  return said.length >= 8 || said.includes('\n') || !/^[A-Za-z0-9]/.test(said)
}

/** A handshake record with a ClientHello (RFC 8446 §5.1). */
function startsTls(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && bytes[1] === 0x03
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
