import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CaptureReader } from '../../../src/record/capture/capture-reader.ts'
import {
  interfaceBlock,
  packetBlock,
  sectionBlock,
} from '../../../src/record/capture/pcapng-writer.ts'
import { TcpWriter } from '../../../src/record/capture/tcp-writer.ts'
import { CLIENT, pcap, readSegments, SERVER } from './support/files.ts'

const FRAMES = new TcpWriter(CLIENT, SERVER, 1)
  .open()
  .map((bytes, index) => ({ time: index, bytes }))
const FILES = [
  pcap(FRAMES),
  pcap(FRAMES, { isBig: true, isNano: true }),
  Buffer.concat([
    sectionBlock('test'),
    interfaceBlock(101, 'x'),
    ...FRAMES.map(({ time, bytes }) => packetBlock(0, time, bytes)),
  ]),
]

test.each([1, 3, 17, 1000])('the same packets in chunks of %i bytes', (chunk) => {
  for (const file of FILES) {
    expect(readSegments(file, chunk)).toEqual(readSegments(file))
    expect(readSegments(file).segments).toHaveLength(3)
  }
})

test('says what is wrong with a file', () => {
  const problemOf = (bytes: Uint8Array): unknown => readSegments(bytes).problem
  expect(problemOf(Buffer.from('GIF89a'))).toBe('format')
  expect(problemOf(Buffer.alloc(0))).toBe('format')
  expect(problemOf(pcap(FRAMES).subarray(0, -1))).toBe('cut-short')
  expect(problemOf(pcap([]))).toBeUndefined()
  const damaged = pcap(FRAMES)
  damaged.writeUInt32LE(0xffffffff, 24 + 8)
  expect(problemOf(damaged)).toBe('damaged')
})

test('nothing is read behind damage', () => {
  const damaged = pcap(FRAMES)
  damaged.writeUInt32LE(0xffffffff, 24 + 16 + (FRAMES[0]?.bytes.length ?? 0) + 8)
  let packets = 0
  const reader = new CaptureReader(() => {
    packets += 1
  })
  reader.push(damaged)
  reader.push(pcap(FRAMES))
  reader.end()
  expect([packets, reader.problem, reader.bytes]).toEqual([1, 'damaged', 2 * damaged.length])
})

test('no bytes make it throw, and it keeps no more than one frame', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FILES),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
      fc.integer({ min: 1, max: 400 }),
      (file, changes, chunk) => {
        const mutated = Buffer.from(file)
        for (const [at, value] of changes) mutated[at % mutated.length] = value
        expect(() => readSegments(mutated, chunk)).not.toThrow()
      },
    ),
    { numRuns: 500 },
  )
})
