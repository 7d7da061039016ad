/**
 * IP addresses as canonical text: IPv4 dotted decimal, IPv6 as RFC 5952 writes it, and an
 * IPv4-mapped IPv6 address (`::ffff:a.b.c.d`) as its IPv4 address. Two addresses are the same
 * exactly when their texts are equal, so an `Ip` can be a table key and goes into a record as it
 * is. No other embedded IPv4 form is unmapped, no zone id is accepted, no octal or hexadecimal
 * octet: a peer's text is compared here and never handed to a resolver.
 */
import type { Brand } from './brand.ts'

export type Ip = Brand<string, 'Ip'>
export type IpFamily = 4 | 6

/** The 4 or 16 bytes of an address. */
export type IpBytes = readonly number[]

export function ipFamily(ip: Ip): IpFamily {
  return ip.includes(':') ? 6 : 4
}

/** Parses either family; `undefined` when `text` is not exactly one address. */
export function parseIp(text: string): Ip | undefined {
  const bytes = text.includes(':') ? parseIpv6Bytes(text) : parseIpv4Bytes(text)
  return bytes === undefined ? undefined : ipFromBytes(bytes)
}

/** For values known at build time. @throws RangeError when `text` is no address. */
export function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (parsed === undefined) throw new RangeError(`not an IP address: ${text}`)
  return parsed
}

/** Canonical text of 4 or 16 bytes. @throws RangeError on any other length. */
export function ipFromBytes(bytes: IpBytes): Ip {
  if (bytes.length === 4) return bytes.join('.') as Ip
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`)
  return (isMapped(bytes) ? bytes.slice(12).join('.') : formatIpv6(bytes)) as Ip
}

export function ipBytes(ip: Ip): IpBytes {
  const bytes = ipFamily(ip) === 4 ? parseIpv4Bytes(ip) : parseIpv6Bytes(ip)
  if (bytes === undefined) throw new RangeError(`not canonical: ${ip}`)
  return bytes
}

function parseIpv4Bytes(text: string): number[] | undefined {
  const fields = text.split('.')
  if (fields.length !== 4) return undefined
  const bytes: number[] = []
  for (const field of fields) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(field)) return undefined
    const value = Number(field)
    if (value > 255) return undefined
    bytes.push(value)
  }
  return bytes
}

function parseIpv6Bytes(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const zeros = 16 - head.length - tail.length
  if (halves.length === 1 ? zeros !== 0 : zeros < 2) return undefined
  return [...head, ...Array<number>(zeros).fill(0), ...tail]
}

/** Bytes of `a:b:c` or, where it may end in one, of `a:b:1.2.3.4`. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (group.includes('.')) {
      const ipv4 = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4Bytes(group) : undefined
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    }
  }
  return bytes
}

function isMapped(bytes: IpBytes): boolean {
  return bytes.every((byte, index) => (index < 10 ? byte === 0 : index < 12 ? byte === 0xff : true))
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
function formatIpv6(bytes: IpBytes): string {
  const groups: number[] = []
  for (let index = 0; index < 16; index += 2)
    groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0))
  const run = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue
    if (index - start > best.length) best = { start, length: index - start }
    start = index + 1
  }
  return best
}
