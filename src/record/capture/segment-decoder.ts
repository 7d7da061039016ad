/** From frames to TCP segments: IPv4 and IPv6 with all that may stand between it and TCP. */
import { u16be, u32be } from './byte-order.ts'
import { Fragments } from './fragments.ts'
import { networkOffset } from './link-layer.ts'
import type { CapturedPacket } from './packet.ts'
import { emptySegment, type TcpSegment } from './tcp-segment.ts'

const TCP = 6
const TCP_HEADER_BYTES = 20

/** IPv6 extension headers (RFC 8200 §4) that only have to be passed over. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135, 139, 140, 253, 254])
const FRAGMENT = 44
const AUTHENTICATION = 51

/** Extension headers of one packet; more are an attack on whoever reads them. */
const EXTENSIONS_MAX = 16

export class SegmentDecoder {
  readonly #segment: TcpSegment = emptySegment()
  readonly #fragments = new Fragments()
  #packets = 0

  /** Frames so far. */
  get packets(): number {
    return this.#packets
  }

  /** IP packets of which fragments are missing. */
  get lostFragmented(): number {
    return this.#fragments.lost
  }

  /** The TCP segment in a frame, until the next call; `undefined` where there is none. */
  decode(packet: CapturedPacket): TcpSegment | undefined {
    this.#packets += 1
    const at = networkOffset(packet)
    if (at === undefined) return undefined
    this.#segment.time = packet.time
    switch ((packet.bytes[at] ?? 0) >> 4) {
      case 4:
        return this.#ipv4(packet, at)
      case 6:
        return this.#ipv6(packet, at)
      default:
        return undefined
    }
  }

  #ipv4(packet: CapturedPacket, at: number): TcpSegment | undefined {
    const { bytes, end } = packet
    const header = ((bytes[at] ?? 0) & 15) * 4
    if (header < 20 || end - at < header || bytes[at + 9] !== TCP) return undefined
    const segment = this.#segment
    segment.isIpv6 = false
    segment.source.fill(0)
    segment.destination.fill(0)
    segment.source[0] = u32be(bytes, at + 12)
    segment.destination[0] = u32be(bytes, at + 16)
    // Zero is what a network card that segments for the host leaves there.
    const total = u16be(bytes, at + 2) || onWire(packet, at)
    if (total < header) return undefined
    const fragment = u16be(bytes, at + 6)
    if ((fragment & 0x3fff) === 0) return this.#tcp(bytes, at + header, end, total - header)
    const identification = u16be(bytes, at + 4)
    return this.#fragment(packet, at + header, total - header, {
      key: `${segment.source[0]} ${segment.destination[0]} ${identification}`,
      offset: (fragment & 0x1fff) * 8,
      hasMore: (fragment & 0x2000) !== 0,
    })
  }

  #ipv6(packet: CapturedPacket, at: number): TcpSegment | undefined {
    const { bytes, end } = packet
    if (end - at < 40) return undefined
    const segment = this.#segment
    segment.isIpv6 = true
    for (let word = 0; word < 4; word++) {
      segment.source[word] = u32be(bytes, at + 8 + word * 4)
      segment.destination[word] = u32be(bytes, at + 24 + word * 4)
    }
    const total = 40 + (u16be(bytes, at + 4) || onWire(packet, at) - 40)
    let next = bytes[at + 6] ?? 0
    let header = 40
    for (let count = 0; count < EXTENSIONS_MAX; count++) {
      if (next === TCP) return this.#tcp(bytes, at + header, end, total - header)
      const isAuthentication = next === AUTHENTICATION
      if (next === FRAGMENT) return this.#ipv6Fragment(packet, at + header, total - header)
      if (!isAuthentication && !EXTENSIONS.has(next)) return undefined
      next = bytes[at + header] ?? 0
      const units = bytes[at + header + 1] ?? 0
      header += isAuthentication ? (units + 2) * 4 : (units + 1) * 8
      if (header > total || at + header > end) return undefined
    }
    return undefined
  }

  #ipv6Fragment(packet: CapturedPacket, at: number, length: number): TcpSegment | undefined {
    const { bytes } = packet
    const { source, destination } = this.#segment
    // Extension headers behind the fragment header would be in the first fragment; nobody sends any.
    if (bytes[at] !== TCP || length < 8) return undefined
    const fragment = u16be(bytes, at + 2)
    return this.#fragment(packet, at + 8, length - 8, {
      key: `${source.join(' ')} ${destination.join(' ')} ${u32be(bytes, at + 4)}`,
      offset: fragment & 0xfff8,
      hasMore: (fragment & 1) !== 0,
    })
  }

  #fragment(
    packet: CapturedPacket,
    at: number,
    length: number,
    { key, offset, hasMore }: { key: string; offset: number; hasMore: boolean },
  ): TcpSegment | undefined {
    // A fragment that was not captured whole leaves its packet incomplete.
    if (length < 0 || at + length > packet.end) return undefined
    const payload = packet.bytes.subarray(at, at + length)
    const whole = this.#fragments.add(key, payload, offset, hasMore, packet.time)
    return whole === undefined ? undefined : this.#tcp(whole, 0, whole.length, whole.length)
  }

  /** `length` is that of the segment, header and all, on the wire. */
  #tcp(bytes: Uint8Array, at: number, end: number, length: number): TcpSegment | undefined {
    if (end - at < TCP_HEADER_BYTES) return undefined
    const header = ((bytes[at + 12] ?? 0) >> 4) * 4
    if (header < TCP_HEADER_BYTES || header > length) return undefined
    const segment = this.#segment
    segment.sourcePort = u16be(bytes, at)
    segment.destinationPort = u16be(bytes, at + 2)
    segment.seq = u32be(bytes, at + 4)
    segment.ack = u32be(bytes, at + 8)
    segment.flags = bytes[at + 13] ?? 0
    segment.bytes = bytes
    segment.length = length - header
    segment.start = Math.min(at + header, end)
    // Behind a short packet Ethernet has padding.
    segment.end = Math.min(segment.start + segment.length, end)
    return segment
  }
}

/** Bytes of the IP packet on the wire, where its header does not say. */
function onWire(packet: CapturedPacket, at: number): number {
  return packet.wireLength - (at - packet.start)
}
