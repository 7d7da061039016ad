import { expect, test } from 'vitest'
import { checksum, TcpWriter } from '../../../src/record/capture/tcp-writer.ts'
import { CLIENT, CLIENT6, pcap, readSegments, SERVER, SERVER6 } from './support/files.ts'

/** RFC 1071 by another way: what is right sums up to all ones, checksum included. */
function sum(bytes: Uint8Array): number {
  let total = 0n
  for (const [index, byte] of bytes.entries()) total += BigInt(byte) << (index % 2 === 0 ? 8n : 0n)
  return Number(total % 0xffffn)
}

/** Whether the checksums of IP and TCP are right. */
function isRight(frame: Uint8Array): boolean {
  const isIpv4 = (frame[0] ?? 0) >> 4 === 4
  const header = isIpv4 ? 20 : 40
  const length = Buffer.alloc(4)
  length.writeUInt32BE(frame.length - header)
  const pseudo = Buffer.concat([
    frame.subarray(isIpv4 ? 12 : 8, header),
    length,
    Buffer.from([0, 0, 0, 6]),
  ])
  return (
    (!isIpv4 || sum(frame.subarray(0, 20)) === 0) &&
    sum(Buffer.concat([pseudo, frame.subarray(header)])) === 0
  )
}

test.each([
  ['IPv4', CLIENT, SERVER],
  ['IPv6', CLIENT6, SERVER6],
])('%s: numbers, flags and checksums', (_name, from, to) => {
  const writer = new TcpWriter(from, to, 1)
  const frames = [
    ...writer.open(),
    ...writer.data(1, Buffer.from('220 x\r\n')),
    ...writer.data(0, Buffer.alloc(3001, 'y')),
    ...writer.end(0),
    ...writer.end(1),
  ]
  expect(frames.every(isRight)).toBe(true)
  const { segments } = readSegments(pcap(frames.map((bytes) => ({ time: 1, bytes }))))
  const [first] = segments
  const base = { 40_000: first?.seq ?? 0, 21: segments[1]?.seq ?? 0 }
  expect(
    segments.map(({ from: port, seq, flags, length }) => [
      port,
      seq - (base[port as 21] ?? 0),
      flags,
      length,
    ]),
  ).toEqual([
    [40_000, 0, 0x02, 0],
    [21, 0, 0x12, 0],
    [40_000, 1, 0x10, 0],
    [21, 1, 0x18, 7],
    [40_000, 1, 0x10, 0],
    [40_000, 1, 0x18, 1400],
    [40_000, 1401, 0x18, 1400],
    [40_000, 2801, 0x18, 201],
    [21, 8, 0x10, 0],
    [40_000, 3002, 0x11, 0],
    [21, 8, 0x10, 0],
    [21, 8, 0x11, 0],
    [40_000, 3003, 0x10, 0],
  ])
})

test('an end is said once, and nothing after it', () => {
  const writer = new TcpWriter(CLIENT, SERVER, 1)
  writer.open()
  expect(writer.end(0)).toHaveLength(2)
  expect([writer.end(0), writer.data(0, Buffer.from('x')), writer.isOver]).toEqual([[], [], false])
  expect(writer.reset(1)).toHaveLength(1)
  expect([writer.reset(1), writer.end(1), writer.isOver]).toEqual([[], [], true])
})

test('a checksum that is known', () => {
  // The example of RFC 1071 §3: the sum is ddf2.
  expect(checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))).toBe(
    ~0xddf2 & 0xffff,
  )
})
