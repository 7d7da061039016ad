/**
 * One TCP segment of a capture. The decoder hands out one object over and over; addresses are kept
 * as words, which are compared without making text of them.
 */
import { type Ip, ipFromBytes } from '../../net/ip.ts'

export interface TcpSegment {
  /** Milliseconds since 1970, with a fraction. */
  time: number
  /** Words of the source address: four, or for IPv4 one and three zeros. */
  readonly source: Uint32Array
  readonly destination: Uint32Array
  isIpv6: boolean
  sourcePort: number
  destinationPort: number
  seq: number
  ack: number
  flags: number
  /** The payload, as far as it was captured, is `bytes[start..end)`. */
  bytes: Uint8Array
  start: number
  end: number
  /** Payload bytes on the wire. */
  length: number
}

export const TCP_FLAGS = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const

export function emptySegment(): TcpSegment {
  return {
    time: 0,
    source: new Uint32Array(4),
    destination: new Uint32Array(4),
    isIpv6: false,
    sourcePort: 0,
    destinationPort: 0,
    seq: 0,
    ack: 0,
    flags: 0,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
  }
}

export function addressOf(words: Uint32Array, isIpv6: boolean): Ip {
  const used = isIpv6 ? words : words.subarray(0, 1)
  return ipFromBytes(
    [...used].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
  )
}
