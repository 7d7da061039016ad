import { expect, test } from 'vitest'
import { isPcap, PCAP_HEADER_BYTES, PcapFormat } from '../../../src/record/capture/pcap.ts'
import { pcap } from './support/files.ts'

const FRAMES = [
  { time: 1_700_000_000_123.456, bytes: Buffer.from('first') },
  { time: 1_700_000_001_000, bytes: Buffer.from('second'), wireLength: 1500 },
]

test.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('big endian %s, nanoseconds %s', (isBig, isNano) => {
  const file = pcap(FRAMES, { isBig, isNano, linkType: 113 })
  const found: unknown[] = []
  const format = new PcapFormat(({ bytes, start, end, time, wireLength, linkType }) => {
    found.push([time, Buffer.from(bytes.subarray(start, end)).toString(), wireLength, linkType])
  })
  expect(isPcap(file)).toBe(true)
  expect(format.read(file, 0)).toBe(file.length)
  expect(found).toEqual([
    [expect.closeTo(1_700_000_000_123.456, 3), 'first', 5, 113],
    [1_700_000_001_000, 'second', 1500, 113],
  ])
})

test('stops before what is not whole, and at what cannot be', () => {
  const file = pcap(FRAMES)
  const format = new PcapFormat(() => undefined)
  expect(format.read(file.subarray(0, 10), 0)).toBe(0)
  expect(format.read(file.subarray(0, -1), 0)).toBe(PCAP_HEADER_BYTES + 16 + 5)
  file.writeUInt32LE(0x7fffffff, PCAP_HEADER_BYTES + 8)
  expect(new PcapFormat(() => undefined).read(file, 0)).toBeUndefined()
})
