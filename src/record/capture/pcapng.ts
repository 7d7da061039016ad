/**
 * The pcapng format (draft-ietf-opsawg-pcapng): blocks. Read are sections in either byte order,
 * interfaces with their clocks, and the three kinds of packet block; all others are passed over.
 */
import { BIG_ENDIAN, type ByteOrder, LITTLE_ENDIAN, u32be } from './byte-order.ts'
import { type CapturedPacket, emptyPacket, type PacketHandler } from './packet.ts'
import { type CaptureFormat, FRAME_BYTES_MAX } from './pcap.ts'

export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete, and still found. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

export const OPTION = { end: 0, comment: 1, name: 2, timeResolution: 9, timeOffset: 14 } as const

/** Any block: a frame, and room for options. What is larger is damaged. */
const BLOCK_BYTES_MAX = FRAME_BYTES_MAX + 1024 * 1024

/** Blocks of one section that describe interfaces; what has more is no capture of a host. */
const INTERFACES_MAX = 65_536

const TWO_TO_32 = 2 ** 32

interface Interface {
  readonly linkType: number
  readonly snapLength: number
  /** Milliseconds of one unit of its clock. */
  readonly unit: number
  /** Added to its times, in milliseconds. */
  readonly offset: number
}

export function isPcapng(bytes: Uint8Array): boolean {
  return u32be(bytes, 0) === BLOCK.section
}

export class PcapngFormat implements CaptureFormat {
  readonly #onPacket: PacketHandler
  readonly #packet: CapturedPacket = emptyPacket()
  #order: ByteOrder = LITTLE_ENDIAN
  #interfaces: Interface[] = []

  constructor(onPacket: PacketHandler) {
    this.#onPacket = onPacket
  }

  read(bytes: Uint8Array, from: number): number | undefined {
    let at = from
    while (bytes.length - at >= 12) {
      // The type of a section block reads the same in both byte orders; it says which one it is.
      const isSection = u32be(bytes, at) === BLOCK.section
      if (isSection && !this.#startSection(bytes, at)) return undefined
      const length = this.#order.u32(bytes, at + 4)
      if (length < 12 || length % 4 !== 0 || length > BLOCK_BYTES_MAX) return undefined
      if (bytes.length - at < length) return at
      if (!isSection && !this.#readBlock(bytes, at, at + length - 4)) return undefined
      at += length
    }
    return at
  }

  #startSection(bytes: Uint8Array, at: number): boolean {
    if (BIG_ENDIAN.u32(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#order = BIG_ENDIAN
    else if (LITTLE_ENDIAN.u32(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#order = LITTLE_ENDIAN
    else return false
    this.#interfaces = []
    return true
  }

  /** The body of a block is `bytes[at + 8..end)`. `false`: it contradicts itself. */
  #readBlock(bytes: Uint8Array, at: number, end: number): boolean {
    const { u16, u32 } = this.#order
    switch (u32(bytes, at)) {
      case BLOCK.interface:
        return this.#addInterface(bytes, at + 8, end)
      case BLOCK.enhancedPacket:
        return this.#timedPacket(bytes, at + 8, end, u32(bytes, at + 8))
      case BLOCK.packet:
        return this.#timedPacket(bytes, at + 8, end, u16(bytes, at + 8))
      case BLOCK.simplePacket:
        return this.#simplePacket(bytes, at + 8, end)
      default:
        return true
    }
  }

  #addInterface(bytes: Uint8Array, at: number, end: number): boolean {
    const { u16, u32 } = this.#order
    if (end - at < 8 || this.#interfaces.length >= INTERFACES_MAX) return false
    let unit = 1e-3
    let offset = 0
    let option = at + 8
    while (end - option >= 4) {
      const code = u16(bytes, option)
      const length = u16(bytes, option + 2)
      const value = option + 4
      if (code === OPTION.end || value + length > end) break
      if (code === OPTION.timeResolution && length >= 1) unit = unitOf(bytes[value] ?? 6)
      if (code === OPTION.timeOffset && length >= 8) offset = this.#i64(bytes, value) * 1000
      option = value + padded(length)
    }
    const snapLength = u32(bytes, at + 4)
    this.#interfaces.push({ linkType: u16(bytes, at), snapLength, unit, offset })
    return true
  }

  #i64(bytes: Uint8Array, at: number): number {
    const { u32 } = this.#order
    const [low, high] =
      this.#order === LITTLE_ENDIAN
        ? [u32(bytes, at), u32(bytes, at + 4)]
        : [u32(bytes, at + 4), u32(bytes, at)]
    return (high | 0) * TWO_TO_32 + low
  }

  #timedPacket(bytes: Uint8Array, at: number, end: number, interfaceId: number): boolean {
    const { u32 } = this.#order
    const described = this.#interfaces[interfaceId]
    const captured = u32(bytes, at + 12)
    if (described === undefined || captured > end - at - 20) return false
    const time =
      u32(bytes, at + 4) * (TWO_TO_32 * described.unit) + u32(bytes, at + 8) * described.unit
    this.#packet.time = time + described.offset
    this.#packet.comment = this.#commentIn(bytes, at + 20 + padded(captured), end)
    this.#emit(bytes, at + 20, captured, u32(bytes, at + 16), described)
    this.#packet.comment = undefined
    return true
  }

  /** The first comment among the options of a packet block. */
  #commentIn(bytes: Uint8Array, from: number, end: number): string | undefined {
    const { u16 } = this.#order
    let option = from
    while (end - option >= 4) {
      const code = u16(bytes, option)
      const length = u16(bytes, option + 2)
      const value = option + 4
      if (code === OPTION.end || value + length > end) return undefined
      if (code === OPTION.comment)
        return Buffer.from(bytes.subarray(value, value + length)).toString('utf8')
      option = value + padded(length)
    }
    return undefined
  }

  /** Of the first interface and without a time: that of the packet before it stands for it. */
  #simplePacket(bytes: Uint8Array, at: number, end: number): boolean {
    const [described] = this.#interfaces
    if (described === undefined || end - at < 4) return false
    const wireLength = this.#order.u32(bytes, at)
    const { snapLength } = described
    const limit = snapLength === 0 ? wireLength : Math.min(wireLength, snapLength)
    this.#emit(bytes, at + 4, Math.min(limit, end - at - 4), wireLength, described)
    return true
  }

  #emit(
    bytes: Uint8Array,
    start: number,
    captured: number,
    wireLength: number,
    { linkType }: Interface,
  ): void {
    const packet = this.#packet
    packet.bytes = bytes
    packet.start = start
    packet.end = start + captured
    packet.wireLength = Math.max(captured, wireLength)
    packet.linkType = linkType
    this.#onPacket(packet)
  }
}

/** if_tsresol: a power of ten, or of two where the highest bit is set. */
function unitOf(resolution: number): number {
  const exponent = resolution & 0x7f
  return 1000 * ((resolution & 0x80) === 0 ? 10 : 2) ** -exponent
}

/** Everything in a block begins at a multiple of four. */
function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4)
}
