import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CaptureReader } from '../../../src/record/capture/capture-reader.ts'
import {
  interfaceBlock,
  packetBlock,
  sectionBlock,
} from '../../../src/record/capture/pcapng-writer.ts'

test('what is written is read back', () => {
  const packet = fc.record({
    link: fc.integer({ min: 0, max: 2 }),
    time: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    bytes: fc.uint8Array({ maxLength: 100 }),
    comment: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 8 }), (packets) => {
      const file = Buffer.concat([
        sectionBlock('test'),
        ...[101, 1, 113].map((linkType) => interfaceBlock(linkType, `${linkType}`)),
        ...packets.map(({ link, time, bytes, comment }) => packetBlock(link, time, bytes, comment)),
      ])
      const found: unknown[] = []
      const reader = new CaptureReader(({ bytes, start, end, time, linkType, wireLength }) => {
        found.push([linkType, Math.round(time), [...bytes.subarray(start, end)], wireLength])
      })
      reader.push(file)
      reader.end()
      expect([reader.problem, found]).toEqual([
        undefined,
        packets.map(({ link, time, bytes }) => [
          [101, 1, 113][link],
          time,
          [...bytes],
          bytes.length,
        ]),
      ])
    }),
  )
})

test('microseconds are kept', () => {
  let read = 0
  const reader = new CaptureReader(({ time }) => {
    read = time
  })
  const time = 1_700_000_000_123.456
  reader.push(
    Buffer.concat([
      sectionBlock('x'),
      interfaceBlock(101, 'x'),
      packetBlock(0, time, new Uint8Array(3)),
    ]),
  )
  expect(read).toBeCloseTo(time, 3)
})
