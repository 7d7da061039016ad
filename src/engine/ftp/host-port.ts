/**
 * `h1,h2,h3,h4,p1,p2`: the argument of PORT and the address in a 227 reply (RFC 959 §5.3.2). Six
 * decimal numbers up to 255, no sign, no leading zero, no blank: other programs read such forms
 * differently, and what is read differently can be used to reach somebody else.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { type Ip, ipBytes, ipFamily, ipFromBytes } from '../../net/ip.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { type Port, toPort } from '../../net/port.ts'

const HOST_PORT = /^(?:(?:0|[1-9]\d{0,2}),){5}(?:0|[1-9]\d{0,2})$/

/** Parses the argument of PORT. */
export function parseHostPort(argument: Uint8Array): Parsed<Endpoint> {
  return parseTuple(Buffer.from(argument).toString('latin1'))
}

function parseTuple(text: string): Parsed<Endpoint> {
  if (!HOST_PORT.test(text)) return malformed('not six decimal numbers')
  const numbers = text.split(',').map(Number)
  if (numbers.some((number) => number > 255)) return malformed('a number is above 255')
  const [high = 0, low = 0] = numbers.slice(4)
  const port = toPort(high * 256 + low)
  if (port === undefined) return malformed('port 0')
  return complete(endpoint(ipFromBytes(numbers.slice(0, 4)), port))
}

/**
 * Finds the address in the text of a 227 reply: in parentheses (RFC 959) or without them (RFC 1123
 * §4.1.2.6), whatever the words around it say and in whatever language. Exactly one run of six
 * numbers may be there: readers disagree about which of two they take.
 */
export function parsePassiveReply(text: Uint8Array): Parsed<Endpoint> {
  const found: Parsed<Endpoint>[] = []
  for (const run of numberRuns(Buffer.from(text).toString('latin1'))) {
    if (run.text.split(',').length < 6) continue
    found.push(isSetOff(run.before, run.after) ? parseTuple(run.text) : malformed('not set off'))
  }
  const [only, another] = found
  if (only === undefined) return malformed('no address')
  return another === undefined ? only : malformed('more than one address')
}

interface NumberRun {
  readonly text: string
  readonly before: string
  readonly after: string
}

/** Every longest run of digits and commas. */
function* numberRuns(text: string): Generator<NumberRun> {
  for (const match of text.matchAll(/[0-9,]+/g)) {
    const end = match.index + match[0].length
    yield { text: match[0], before: text.slice(0, match.index), after: text.slice(end) }
  }
}

function isSetOff(before: string, after: string): boolean {
  if (before.endsWith('(')) return after.startsWith(')')
  return /(?:^|[ =])$/.test(before) && /^(?: |\.?$|\. )/.test(after)
}

/** @throws RangeError for an IPv6 address, which the form cannot hold. */
export function formatHostPort(address: Ip, port: Port): string {
  if (ipFamily(address) === 6) throw new RangeError(`host-port holds IPv4 alone: ${address}`)
  return [...ipBytes(address), port >> 8, port & 0xff].join(',')
}
