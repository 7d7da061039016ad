/**
 * One command line of the client (RFC 959 §5.3: verb, one space, argument). The lexer works on
 * bytes: `toUpperCase` would turn `ſ` into `S`, and decoding as ASCII would strip the eighth bit.
 *
 * The argument of PASS, ACCT and other secrets is in the line that is sent on and nowhere else: a
 * record, an error or a debug dump of a {@link Command} cannot show it.
 */
import { escapeBytes } from '../../net/escape.ts'
import {
  FOREIGN_VERBS,
  HTTP_VERBS,
  isKnownVerb,
  isVerb,
  type VerbTraits,
  verbTraits,
} from './verb.ts'

const CRLF = Uint8Array.of(0x0d, 0x0a)
const SPACE = 0x20
const IAC = 0xff
/** `X` */
const COVER = 0x58

/** What may follow the Telnet sequences that interrupt a transfer (RFC 959 §4.1.3). */
const AFTER_TELNET: ReadonlySet<string> = new Set(['ABOR', 'STAT', 'QUIT'])

export class Command {
  /** In upper case. */
  readonly verb: string
  readonly traits: VerbTraits
  readonly #line: Uint8Array
  readonly #argument: Uint8Array | undefined

  constructor(verb: string, line: Uint8Array, argument: Uint8Array | undefined) {
    this.verb = verb
    this.traits = verbTraits(verb)
    this.#line = line
    this.#argument = argument
  }

  /** Whether anything stands behind the verb, an empty argument included. */
  get hasArgument(): boolean {
    return this.#argument !== undefined
  }

  /** The argument's bytes; `undefined` for secrets and where there is none. */
  get argument(): Uint8Array | undefined {
    return this.isSecret ? undefined : this.#argument
  }

  /** The argument as a record shows it; `undefined` as for {@link argument}. */
  get argumentText(): string | undefined {
    return this.argument === undefined ? undefined : escapeBytes(this.argument)
  }

  /**
   * Verb and first word of the argument in upper case, as `SITE EXEC`; for deny lists. Servers skip
   * any number of spaces before the word, so it is looked for behind them.
   */
  get twoWords(): string {
    const argument = this.traits.isSecret === true ? undefined : this.#argument
    const [word = ''] = /[^ ]+/.exec(latin1(argument ?? new Uint8Array(0))) ?? []
    return `${this.verb} ${asciiUpper(word)}`
  }

  /** Whether there is no argument, or only spaces. */
  get isBare(): boolean {
    return this.#argument?.every((byte) => byte === SPACE) ?? true
  }

  /** Whether a byte of it is above 127. What a secret holds is nobody's business. */
  get hasEightBit(): boolean {
    return !this.isSecret && this.#line.some(isEightBit)
  }

  /** The same command with an `X` for each byte above 127. */
  withoutEightBit(): Command {
    if (!this.hasEightBit) return this
    const line = this.#line.map((byte) => (isEightBit(byte) ? COVER : byte))
    return new Command(this.verb, line, line.subarray(this.verb.length + 1))
  }

  /** The line as it is sent on: as it came, ended by CR LF. */
  toLine(): Uint8Array {
    return Buffer.concat([this.#line, CRLF])
  }

  /** Whether the argument is a secret, and a reply that quotes it would be one too. */
  get isSecret(): boolean {
    return this.traits.isSecret === true || (this.verb === 'SITE' && isSitePassword(this.#argument))
  }
}

export type LexedLine =
  | { readonly type: 'command'; readonly command: Command; readonly isTelnetStripped: boolean }
  | { readonly type: 'empty' }
  | {
      readonly type: 'malformed'
      readonly problem: 'syntax' | 'control-byte' | 'telnet'
      /** As {@link lineShape} says. */
      readonly shape: string
    }
  | { readonly type: 'foreign'; readonly protocol: 'http' | 'foreign' }

/** Reads a framed line: no CR, LF or NUL is in it. */
export function lexCommand(framed: Uint8Array): LexedLine {
  if (framed.length === 0) return { type: 'empty' }
  const line = framed.subarray(telnetPrefixLength(framed))
  const isTelnetStripped = line.length < framed.length
  const space = line.indexOf(SPACE)
  const verbBytes = space === -1 ? line : line.subarray(0, space)
  const word = asciiUpper(latin1(verbBytes))
  const foreign = foreignProtocol(word)
  if (foreign !== undefined) return { type: 'foreign', protocol: foreign }
  const malformed = (problem: 'syntax' | 'control-byte' | 'telnet'): LexedLine => ({
    type: 'malformed',
    problem,
    shape: lineShape(line),
  })
  if (isTelnetStripped && !AFTER_TELNET.has(word)) return malformed('telnet')
  if (line.some(isControl)) return malformed('control-byte')
  if (!isVerb(word)) return malformed('syntax')
  if (hasTelnetCommand(line)) return malformed('telnet')
  const argument = space === -1 ? undefined : line.subarray(space + 1)
  return { type: 'command', command: new Command(word, line, argument), isTelnetStripped }
}

/**
 * How a record names a line that is no command: by its verb where FTP knows it, by its length
 * otherwise. The line may be a password that was typed alone, or hold one.
 */
export function lineShape(line: Uint8Array): string {
  const end = line.findIndex((byte) => !isLetter(byte))
  const next = line[end] ?? SPACE
  const isWord = next === SPACE || isControl(next)
  const word = asciiUpper(latin1(end === -1 ? line : line.subarray(0, end)))
  return isWord && isKnownVerb(word) ? word : `${line.length} bytes`
}

function foreignProtocol(word: string): 'http' | 'foreign' | undefined {
  if (HTTP_VERBS.has(word)) return 'http'
  return FOREIGN_VERBS.has(word) || /^(?:SSH-|[*$]\d)/.test(word) ? 'foreign' : undefined
}

/**
 * Length of the Telnet sequences before the verb (RFC 959 §4.1.3: IAC IP, IAC DM before ABOR). The
 * DM is sent as urgent data and may be missing or stand alone, since the urgent byte is taken out
 * of the stream; so IAC, IP and DM bytes are taken in any order. An option negotiation has one byte
 * more.
 */
export function telnetPrefixLength(line: Uint8Array): number {
  let length = 0
  for (;;) {
    const byte = line[length]
    const next = line[length + 1] ?? 0
    if (byte === IAC && next >= 0xfb && next <= 0xfe) length += 3
    else if (byte === IAC && next >= 0xf0 && next < IAC) length += 2
    else if (byte === IAC || byte === 0xf2 || byte === 0xf4) length += 1
    else return Math.min(length, line.length)
  }
}

/**
 * Whether a Telnet command stands inside the line. Some servers take it out, so that they would
 * read another word than we do; IAC IAC is the data byte 255, and IAC before anything else is data.
 */
function hasTelnetCommand(line: Uint8Array): boolean {
  for (let at = line.indexOf(IAC); at !== -1; at = line.indexOf(IAC, at)) {
    const next = line[at + 1] ?? 0
    if (next >= 0xf0 && next < IAC) return true
    // The byte behind is the other half of a data byte 255, or data that begins nothing.
    at += 2
  }
  return false
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
}

function isEightBit(byte: number): boolean {
  return byte > 0x7f
}

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f
}

function isSitePassword(argument: Uint8Array | undefined): boolean {
  return /^ *(?:PSWD|PASSWD|PASSWORD|CPWD)(?: |$)/.test(asciiUpper(latin1(argument ?? CRLF)))
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Folds a–z alone; other letters have no case here. */
export function asciiUpper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}
