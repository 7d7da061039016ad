import { expect, test } from 'vitest'
import { SegmentDecoder } from '../../../src/record/capture/segment-decoder.ts'
import { CaptureReader } from '../../../src/record/capture/capture-reader.ts'
import { TcpWriter } from '../../../src/record/capture/tcp-writer.ts'
import { CLIENT, CLIENT6, pcap, readSegments, SERVER, SERVER6 } from './support/files.ts'

const LINE = 'USER anonymous, and so on\r\n'
const [V4 = Buffer.alloc(0)] = new TcpWriter(CLIENT, SERVER, 1).data(0, Buffer.from(LINE))
const [V6 = Buffer.alloc(0)] = new TcpWriter(CLIENT6, SERVER6, 1).data(0, Buffer.from(LINE))

function payloads(packets: readonly Uint8Array[], wireLength?: number): string[] {
  const frames = packets.map((bytes, index) => ({
    time: index,
    bytes,
    ...(wireLength === undefined ? {} : { wireLength }),
  }))
  return readSegments(pcap(frames)).segments.map(({ payload }) => payload)
}

/** IPv6 extension headers before TCP; each is its number and its bytes. */
function extended(headers: readonly (readonly [number, Buffer])[]): Buffer {
  const base = Buffer.from(V6.subarray(0, 40))
  const chain = headers.map(([, bytes], index) => {
    const copy = Buffer.from(bytes)
    copy[0] = headers[index + 1]?.[0] ?? 6
    return copy
  })
  base[6] = headers[0]?.[0] ?? 6
  const rest = Buffer.concat([...chain, V6.subarray(40)])
  base.writeUInt16BE(rest.length, 4)
  return Buffer.concat([base, rest])
}

function ipv4Fragment(from: number, to: number, hasMore: boolean): Buffer {
  const header = Buffer.from(V4.subarray(0, 20))
  const body = V4.subarray(20 + from, 20 + to)
  header.writeUInt16BE(20 + body.length, 2)
  header.writeUInt16BE((hasMore ? 0x2000 : 0) | (from / 8), 6)
  return Buffer.concat([header, body])
}

function ipv6Fragment(from: number, to: number, hasMore: boolean): Buffer {
  const header = Buffer.from(V6.subarray(0, 40))
  const body = V6.subarray(40 + from, 40 + to)
  const fragment = Buffer.alloc(8)
  fragment[0] = 6
  fragment.writeUInt16BE(from | (hasMore ? 1 : 0), 2)
  header[6] = 44
  header.writeUInt16BE(8 + body.length, 4)
  return Buffer.concat([header, fragment, body])
}

test('IPv4 and IPv6', () => {
  expect(payloads([V4, V6])).toEqual([LINE, LINE])
})

test('IPv6 extension headers are passed over', () => {
  const hop = Buffer.alloc(8)
  const routing = Buffer.alloc(24).fill(2, 1, 2)
  const authentication = Buffer.alloc(24).fill(4, 1, 2)
  expect(
    payloads([
      extended([[0, hop]]),
      extended([
        [0, hop],
        [60, hop],
        [43, routing],
        [51, authentication],
      ]),
    ]),
  ).toEqual([LINE, LINE])
})

test('a chain of extension headers without end is no segment', () => {
  const endless = extended(Array.from({ length: 40 }, () => [60, Buffer.alloc(8)] as const))
  expect(payloads([endless])).toEqual([])
})

test.each([
  ['IPv4', ipv4Fragment],
  ['IPv6', ipv6Fragment],
])('%s in fragments, the last first', (_name, fragment) => {
  const whole = 20 + LINE.length
  expect(payloads([fragment(24, whole, false), fragment(0, 24, true)])).toEqual([LINE])
  expect(payloads([fragment(24, whole, false)])).toEqual([])
})

test('a length of zero is what segmentation offload leaves', () => {
  const offloaded = Buffer.from(V4)
  offloaded.writeUInt16BE(0, 2)
  expect(payloads([offloaded])).toEqual([LINE])
})

test('what the capture cut off is known to have been there', () => {
  const cut = pcap([{ time: 1, bytes: V4.subarray(0, 45), wireLength: V4.length }])
  expect(readSegments(cut).segments).toMatchObject([
    { length: LINE.length, payload: LINE.slice(0, 5) },
  ])
})

test('headers that are longer than what holds them', () => {
  const long = Buffer.from(V4)
  long[32] = 0xf0
  const short = Buffer.from(V4)
  short[32] = 0x10
  const options = Buffer.from(V4)
  options[0] = 0x44
  expect(payloads([long, short, options, V4.subarray(0, 30), V6.subarray(0, 30)])).toEqual([])
})

test('counts all frames', () => {
  const decoder = new SegmentDecoder()
  const reader = new CaptureReader((packet) => decoder.decode(packet))
  reader.push(pcap([V4, Buffer.alloc(4), V6].map((bytes) => ({ time: 1, bytes }))))
  expect([decoder.packets, decoder.lostFragmented]).toEqual([3, 0])
})
