/**
 * A TCP connection written down as packets that could have carried it: what a proxy has is bytes,
 * what tools read is segments. Numbers and checksums are right, times are when the bytes were seen;
 * only the cuts between segments are made up.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import { type Ip, ipBytes, ipFamily } from '../../net/ip.ts'
import { TCP_FLAGS } from './tcp-segment.ts'
import { seqAdd } from './tcp-stream.ts'

/** Payload of a segment on Ethernet, IPv6 and options included. */
const SEGMENT_BYTES_MAX = 1400

const TCP = 6
const HOPS = 64
/** Advertised in every segment; what nobody fills. */
const WINDOW = 65_535

/** Who speaks: 0 opened the connection. */
export type WriterSide = 0 | 1

export class TcpWriter {
  readonly #ends: readonly [Endpoint, Endpoint]
  readonly #next: [number, number]
  readonly #hasEnded: [boolean, boolean] = [false, false]
  #identification = 0

  /** `ordinal` tells connections between the same ends apart, by where their numbers begin. */
  constructor(from: Endpoint, to: Endpoint, ordinal: number) {
    this.#ends = [from, to]
    const first = Math.imul(ordinal + 1, 0x10000) >>> 0
    this.#next = [first, seqAdd(first, 0x8000)]
  }

  /** SYN, SYN-ACK, ACK. */
  open(): readonly Uint8Array[] {
    const syn = this.#segment(0, TCP_FLAGS.syn)
    this.#next[0] = seqAdd(this.#next[0], 1)
    const answer = this.#segment(1, TCP_FLAGS.syn | TCP_FLAGS.ack)
    this.#next[1] = seqAdd(this.#next[1], 1)
    return [syn, answer, this.#segment(0, TCP_FLAGS.ack)]
  }

  /** Bytes that `side` sent, and the acknowledgement of the other. */
  data(side: WriterSide, bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#hasEnded[side] || bytes.length === 0) return []
    const segments: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES_MAX) {
      const piece = bytes.subarray(at, at + SEGMENT_BYTES_MAX)
      segments.push(this.#segment(side, TCP_FLAGS.psh | TCP_FLAGS.ack, piece))
      this.#next[side] = seqAdd(this.#next[side], piece.length)
    }
    return [...segments, this.#segment(otherOf(side), TCP_FLAGS.ack)]
  }

  /** `side` has no more to say. */
  end(side: WriterSide): readonly Uint8Array[] {
    if (this.#hasEnded[side]) return []
    this.#hasEnded[side] = true
    const fin = this.#segment(side, TCP_FLAGS.fin | TCP_FLAGS.ack)
    this.#next[side] = seqAdd(this.#next[side], 1)
    return [fin, this.#segment(otherOf(side), TCP_FLAGS.ack)]
  }

  /** `side` gives the connection up. */
  reset(side: WriterSide): readonly Uint8Array[] {
    if (this.#hasEnded[0] && this.#hasEnded[1]) return []
    this.#hasEnded[0] = true
    this.#hasEnded[1] = true
    return [this.#segment(side, TCP_FLAGS.rst | TCP_FLAGS.ack)]
  }

  /** Whether both sides have ended. */
  get isOver(): boolean {
    return this.#hasEnded[0] && this.#hasEnded[1]
  }

  #segment(side: WriterSide, flags: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
    const from = this.#ends[side]
    const to = this.#ends[otherOf(side)]
    const segment = Buffer.alloc(20 + payload.length)
    segment.writeUInt16BE(from.port, 0)
    segment.writeUInt16BE(to.port, 2)
    segment.writeUInt32BE(this.#next[side], 4)
    if ((flags & TCP_FLAGS.ack) !== 0) segment.writeUInt32BE(this.#next[otherOf(side)], 8)
    segment[12] = 5 << 4
    segment[13] = flags
    segment.writeUInt16BE(WINDOW, 14)
    segment.set(payload, 20)
    this.#identification = (this.#identification + 1) & 0xffff
    return ipPacket(from.address, to.address, segment, this.#identification)
  }
}

/** An IP packet around a TCP segment, whose checksum is filled in. */
function ipPacket(from: Ip, to: Ip, segment: Buffer, identification: number): Uint8Array {
  const source = Uint8Array.from(ipBytes(from))
  const destination = Uint8Array.from(ipBytes(to))
  const pseudo = Buffer.alloc(8)
  pseudo.writeUInt32BE(segment.length, 0)
  pseudo.writeUInt32BE(TCP, 4)
  segment.writeUInt16BE(checksum(Buffer.concat([source, destination, pseudo, segment])), 16)
  const header =
    ipFamily(from) === 4 ? ipv4Header(segment.length, identification) : ipv6Header(segment.length)
  header.set(source, ipFamily(from) === 4 ? 12 : 8)
  header.set(destination, ipFamily(from) === 4 ? 16 : 24)
  if (ipFamily(from) === 4) header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([header, segment])
}

function ipv4Header(length: number, identification: number): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(20 + length, 2)
  header.writeUInt16BE(identification, 4)
  // Do not fragment.
  header.writeUInt16BE(0x4000, 6)
  header[8] = HOPS
  header[9] = TCP
  return header
}

function ipv6Header(length: number): Buffer {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(length, 4)
  header[6] = TCP
  header[7] = HOPS
  return header
}

/** RFC 1071. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

function otherOf(side: WriterSide): WriterSide {
  return side === 0 ? 1 : 0
}
