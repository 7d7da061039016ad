/** The single values of the rule language: text or number in, a value of `net/` out. */
import { type Cidr, familyBits, formatCidr, networkOf, parseCidr } from '../../net/cidr.ts'
import { type Endpoint, parseEndpoint } from '../../net/endpoint.ts'
import { type Duration, parseDuration } from '../../net/instant.ts'
import { type Ip, ipFamily, parseIp } from '../../net/ip.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { type PortRange, parsePort, parsePortRange } from '../../net/port.ts'
import { cipherSuiteNames } from '../tls/cipher-suites.ts'
import { quote } from './diagnostic.ts'
import { compilePattern, type Pattern, PATTERN_BYTES_MAX } from './pattern.ts'
import type { SecurityMechanism, TlsVersion } from './ruleset.ts'
import { suggest } from './suggest.ts'

/** `10.0.0.0/8`, `2001:db8::/32` or one address. */
export function readCidr(text: string): Parsed<Cidr> {
  const cidr = parseCidr(text)
  const [address = '', prefix = ''] = text.split('/')
  const ip = parseIp(address)
  if (typeof cidr !== 'string') return complete(cidr)
  if (ip === undefined || cidr === 'syntax') return malformed(notAnAddress(text, ip))
  if (cidr === 'prefix')
    return malformed(`the prefix of ${quote(text)} must be 0 to ${familyBits(ipFamily(ip))}`)
  const length = Number(prefix)
  const network = formatCidr({ address: networkOf(ip, length), prefix: length })
  return malformed(
    `${quote(text)} has bits set beyond its prefix: write ${network} for the network or ${ip} for the host`,
  )
}

export function readIp(text: string): Parsed<Ip> {
  const ip = parseIp(text)
  return ip === undefined ? malformed(notAnAddress(text, undefined)) : complete(ip)
}

function notAnAddress(text: string, ip: Ip | undefined): string {
  if (text === '') return 'expected an address, not empty text'
  if (/^::ffff:/i.test(text) && ip !== undefined)
    return `${quote(text)} is IPv4 in IPv6 clothes: write the IPv4 block itself`
  if (/(?:^|\.)0\d/.test(text) && !text.includes(':'))
    return `${quote(text)} has a leading zero, which some programs read as octal: leave it out`
  if (isName(text)) return `${quote(text)} is a name; ${NO_NAMES}`
  return `${quote(text)} is not an address or CIDR block, as 10.0.0.0/8 or 2001:db8::/32`
}

/** `10.0.0.1:21` or `[2001:db8::1]:21`. */
export function readEndpoint(text: string): Parsed<Endpoint> {
  const endpoint = parseEndpoint(text)
  if (endpoint !== undefined) return complete(endpoint)
  const [, address = '', portText] = /^(.*?)(?::([^:\]]*))?$/.exec(text) ?? []
  if (isName(address)) return malformed(`${quote(text)} names a host; ${NO_NAMES}`)
  const ip = parseIp(address.replace(/^\[(.*)\]$/, '$1')) ?? parseIp(text)
  if (ip !== undefined && portText !== undefined && parsePort(portText) === undefined)
    if (ipFamily(ip) === 4) return malformed(`${quote(portText)} is not a port from 1 to 65535`)
  return malformed(
    `${quote(text)} is not an address and a port, as 10.0.0.1:21 or "[2001:db8::1]:21"`,
  )
}

const NO_NAMES = 'write its address: what a name means can change while the firewall relies on it'

function isName(text: string): boolean {
  return /^(?=.*[a-z])[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i.test(text)
}

/** `21` or `50000-50099`. */
export function readPorts(value: string | number): Parsed<PortRange> {
  const text = String(value)
  const range = parsePortRange(text)
  if (range !== undefined) return complete(range)
  const [low = '', high = ''] = text.split('-')
  const first = parsePort(low)
  const last = parsePort(high)
  if (first !== undefined && last !== undefined && /^\d+-\d+$/.test(text))
    return malformed(`the range ${quote(text)} is reversed: write ${high}-${low}`)
  return malformed(
    `${quote(text)} is not a port or a range: ports are 1 to 65535, a range is written 50000-50099`,
  )
}

/** More than any transfer or pause lasts, and well within what a timer can hold. */
const DURATION_MAX = 7 * 24 * 3_600_000

/** `500ms`, `30s`, `15m`, `2h`. */
export function readDuration(text: string): Parsed<Duration> {
  const value = parseDuration(text)
  if (value === undefined)
    return malformed(`${quote(text)} is not a duration, as 500ms, 30s, 15m or 2h`)
  if (value === 0) return malformed('a duration must be longer than zero')
  if (value > DURATION_MAX)
    return malformed(`${quote(text)} is longer than 168h, the longest allowed`)
  return complete(value)
}

/** `VERB` or `VERB WORD`, in capitals. Letters are ASCII before they are folded: see `ſ`. */
export function readDeniedCommand(text: string): Parsed<string> {
  return /^[A-Za-z]{3,4}(?: [A-Za-z0-9_-]{1,16})?$/.test(text)
    ? complete(text.toUpperCase())
    : malformed(`${quote(text)} is not a command, as DELE, or with a first word, as SITE EXEC`)
}

/** A pattern of file or user names. What a line cannot hold, no name can match. */
export function readNamePattern(text: string): Parsed<Pattern> {
  if (text === '') return malformed('an empty pattern matches nothing')
  if (/\p{Cc}/u.test(text))
    return malformed(`${quote(text)} has a control character, and no name has one`)
  const pattern = compilePattern(text)
  return pattern.bytes.length <= PATTERN_BYTES_MAX
    ? complete(pattern)
    : malformed(`a pattern has at most ${PATTERN_BYTES_MAX} bytes`)
}

/** A pattern of what stands behind the last dot of a file name. */
export function readExtensionPattern(text: string): Parsed<Pattern> {
  if (text.startsWith('.'))
    return malformed(`a file type is written without the dot: ${text.slice(1)}`)
  return /[./\\]/.test(text)
    ? malformed(`${quote(text)} is not a file type, as exe; whole names belong to file-names`)
    : readNamePattern(text)
}

/** Names go into records and reports as they are. */
export function readName(text: string): Parsed<string> {
  return /^[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,62}[A-Za-z0-9])?$/.test(text)
    ? complete(text)
    : malformed(
        `${quote(text)} is not a name: at most 64 letters, digits, blanks, dots, dashes, slashes and underscores`,
      )
}

/** What AUTH can be given (RFC 2228 and RFC 4217; TLS-C, TLS-P and SSL from its drafts). */
export const MECHANISMS: readonly SecurityMechanism[] = [
  'TLS',
  'TLS-C',
  'TLS-P',
  'SSL',
  'GSSAPI',
  'KERBEROS_V4',
]

/** Any case. Letters are ASCII before they are folded: see `ſ`. */
export function readMechanism(text: string): Parsed<SecurityMechanism> {
  const mechanism = MECHANISMS.find(
    (known) => /^[\w-]+$/.test(text) && known === text.toUpperCase(),
  )
  if (mechanism !== undefined) return complete(mechanism)
  const meant = suggest(text, MECHANISMS)
  const hint =
    meant === undefined ? `they are ${MECHANISMS.join(', ')}` : `did you mean "${meant}"?`
  return malformed(`${quote(text)} is not a security mechanism of AUTH; ${hint}`)
}

const TLS_VERSIONS: readonly TlsVersion[] = ['TLS1.0', 'TLS1.1', 'TLS1.2', 'TLS1.3']

/** `TLS1.2` or `1.2`. */
export function readTlsVersion(value: string | number): Parsed<TlsVersion> {
  const text = String(value)
  const version = TLS_VERSIONS.find((known) => known === text || known === `TLS${text}`)
  if (version !== undefined) return complete(version)
  return malformed(`${quote(text)} is not a version of TLS: they are ${TLS_VERSIONS.join(', ')}`)
}

/** An IANA name in any case, or the number that stands for a suite on the wire: `0xC02F`. */
export function readCipherSuite(text: string): Parsed<string> {
  // Not before it is ASCII: others have capitals that are.
  const word = /^\w+$/.test(text) ? text.toUpperCase() : text
  if (CIPHER_SUITES.includes(word)) return complete(word)
  const digits = /^0X([0-9A-F]{4})$/.exec(word)?.[1]
  if (digits !== undefined) return complete(`0x${digits}`)
  const meant = suggest(word, CIPHER_SUITES)
  return malformed(
    `${quote(text)} is not a cipher suite: ${
      meant === undefined
        ? 'write its IANA name, as TLS_RSA_WITH_RC4_128_SHA, or its number, as 0x0005'
        : `did you mean "${meant}"?`
    }`,
  )
}

/** A name that nobody has would deny nothing, in silence. */
const CIPHER_SUITES: readonly string[] = cipherSuiteNames().map((name) => name.toUpperCase())

/** A name as clients put it into SNI, or `*.` and such a name, in small letters. */
export function readServerName(text: string): Parsed<string> {
  if (parseIp(text) !== undefined)
    return malformed(`${quote(text)} is an address; in TLS clients call servers by name only`)
  if (text === '*') return malformed('every name is what holds without server-names: leave it out')
  return text.length <= 253 && SERVER_NAME.test(text)
    ? complete(text.toLowerCase())
    : malformed(
        `${quote(text)} is not a server name, as ftp.example.org or *.example.org (letters beyond ASCII in their xn-- form)`,
      )
}

const SERVER_NAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?!$)|$))+$/i
