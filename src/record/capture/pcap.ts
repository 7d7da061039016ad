/**
 * The pcap format of libpcap (draft-ietf-opsawg-pcap): a header, then frames, in either byte order,
 * with microseconds or nanoseconds.
 */
import { BIG_ENDIAN, type ByteOrder, LITTLE_ENDIAN, u32be } from './byte-order.ts'
import { type CapturedPacket, emptyPacket, type PacketHandler } from './packet.ts'

export const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16

/** Larger frames do not exist: libpcap itself stops at 256 KB. What says so is damaged. */
export const FRAME_BYTES_MAX: number = 4 * 1024 * 1024

interface Variant {
  readonly order: ByteOrder
  /** Milliseconds of one unit of the second time field. */
  readonly unit: number
}

const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { order: BIG_ENDIAN, unit: 1e-3 }],
  [0xd4c3b2a1, { order: LITTLE_ENDIAN, unit: 1e-3 }],
  [0xa1b23c4d, { order: BIG_ENDIAN, unit: 1e-6 }],
  [0x4d3cb2a1, { order: LITTLE_ENDIAN, unit: 1e-6 }],
])

/** A file format, read piece by piece. */
export interface CaptureFormat {
  /**
   * Reads what is whole in `bytes[from..)`. Answers where it stopped; `undefined` when what stands
   * there cannot be read on.
   */
  read(bytes: Uint8Array, from: number): number | undefined
}

export function isPcap(bytes: Uint8Array): boolean {
  return VARIANTS.has(u32be(bytes, 0))
}

export class PcapFormat implements CaptureFormat {
  readonly #onPacket: PacketHandler
  readonly #packet: CapturedPacket = emptyPacket()
  #variant: Variant | undefined

  constructor(onPacket: PacketHandler) {
    this.#onPacket = onPacket
  }

  read(bytes: Uint8Array, from: number): number | undefined {
    let at = from
    if (this.#variant === undefined) {
      if (bytes.length - at < PCAP_HEADER_BYTES) return at
      this.#variant = VARIANTS.get(u32be(bytes, at))
      if (this.#variant === undefined) return undefined
      // The upper half tells of frame check sequences, which end behind the IP packet anyway.
      this.#packet.linkType = this.#variant.order.u32(bytes, at + 20) & 0xffff
      at += PCAP_HEADER_BYTES
    }
    const { order, unit } = this.#variant
    const packet = this.#packet
    packet.bytes = bytes
    while (bytes.length - at >= RECORD_HEADER_BYTES) {
      const captured = order.u32(bytes, at + 8)
      if (captured > FRAME_BYTES_MAX) return undefined
      const start = at + RECORD_HEADER_BYTES
      if (bytes.length - start < captured) break
      packet.time = order.u32(bytes, at) * 1000 + order.u32(bytes, at + 4) * unit
      packet.start = start
      packet.end = start + captured
      packet.wireLength = Math.max(captured, order.u32(bytes, at + 12))
      at = packet.end
      this.#onPacket(packet)
    }
    return at
  }
}
