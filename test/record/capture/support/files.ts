/** Capture files made by hand: frames of one TCP connection under any link layer, in any format. */
import { endpoint, type Endpoint } from '../../../../src/net/endpoint.ts'
import { ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import { CaptureReader } from '../../../../src/record/capture/capture-reader.ts'
import { SegmentDecoder } from '../../../../src/record/capture/segment-decoder.ts'
import type { TcpSegment } from '../../../../src/record/capture/tcp-segment.ts'

export const CLIENT: Endpoint = endpoint(ip('192.0.2.10'), port(40_000))
export const SERVER: Endpoint = endpoint(ip('198.51.100.20'), port(21))
export const CLIENT6: Endpoint = endpoint(ip('2001:db8::10'), port(40_000))
export const SERVER6: Endpoint = endpoint(ip('2001:db8::20'), port(21))

export interface Frame {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
  /** Where the capture cut it short. */
  readonly wireLength?: number
}

export interface PcapOptions {
  readonly isBig?: boolean
  readonly isNano?: boolean
  readonly linkType?: number
}

export function pcap(frames: readonly Frame[], options: PcapOptions = {}): Buffer {
  const { isBig = false, isNano = false, linkType = 101 } = options
  const header = Buffer.alloc(24)
  const u32 = (buffer: Buffer, value: number, at: number): unknown =>
    isBig ? buffer.writeUInt32BE(value, at) : buffer.writeUInt32LE(value, at)
  u32(header, isNano ? 0xa1b23c4d : 0xa1b2c3d4, 0)
  u32(header, 262_144, 16)
  u32(header, linkType, 20)
  const records = frames.map(({ time, bytes, wireLength }) => {
    const head = Buffer.alloc(16)
    u32(head, Math.floor(time / 1000), 0)
    u32(head, Math.round((time % 1000) * (isNano ? 1e6 : 1e3)), 4)
    u32(head, bytes.length, 8)
    u32(head, wireLength ?? bytes.length, 12)
    return Buffer.concat([head, bytes])
  })
  return Buffer.concat([header, ...records])
}

/** A pcapng block in either byte order. */
export function pcapngBlock(type: number, body: Uint8Array, isBig: boolean): Buffer {
  const length = body.length + 12
  const block = Buffer.alloc(length)
  const u32 = (value: number, at: number): unknown =>
    isBig ? block.writeUInt32BE(value, at) : block.writeUInt32LE(value, at)
  u32(type, 0)
  u32(length, 4)
  block.set(body, 8)
  u32(length, length - 4)
  return block
}

/** Ethernet around an IP packet, with VLAN tags if any. */
export function ethernet(packet: Uint8Array, tags: readonly number[] = []): Buffer {
  const type = (packet[0] ?? 0) >> 4 === 4 ? 0x0800 : 0x86dd
  const head = Buffer.alloc(12 + 4 * tags.length + 2)
  for (const [index, tag] of tags.entries()) {
    head.writeUInt16BE(tag, 12 + 4 * index)
    head.writeUInt16BE(42, 14 + 4 * index)
  }
  head.writeUInt16BE(type, head.length - 2)
  return Buffer.concat([head, packet])
}

export interface ReadSegment {
  readonly time: number
  readonly from: number
  readonly to: number
  readonly seq: number
  readonly flags: number
  readonly length: number
  readonly payload: string
}

/** Everything TCP in a file, cut into chunks of `chunk` bytes on the way in. */
export function readSegments(
  file: Uint8Array,
  chunk: number = file.length,
): { segments: ReadSegment[]; problem: string | undefined } {
  const segments: ReadSegment[] = []
  const decoder = new SegmentDecoder()
  const reader = new CaptureReader((packet) => {
    const segment = decoder.decode(packet)
    if (segment !== undefined) segments.push(kept(segment))
  })
  for (let at = 0; at < file.length; at += Math.max(1, chunk))
    reader.push(file.subarray(at, at + Math.max(1, chunk)))
  reader.end()
  return { segments, problem: reader.problem }
}

function kept(segment: TcpSegment): ReadSegment {
  const { time, seq, flags, length, bytes, start, end } = segment
  const payload = Buffer.from(bytes.subarray(start, end)).toString('latin1')
  return {
    time,
    from: segment.sourcePort,
    to: segment.destinationPort,
    seq,
    flags,
    length,
    payload,
  }
}
