import { describe, expect, test } from 'vitest'
import { isPcapng, PcapngFormat } from '../../../src/record/capture/pcapng.ts'
import { pcapngBlock } from './support/files.ts'

const TIME = 1_700_000_000_123.456

describe.each([false, true])('big endian: %s', (isBig) => {
  const write = (size: number, fields: readonly [number, number, 16 | 32][]): Buffer => {
    const body = Buffer.alloc(size)
    for (const [at, value, bits] of fields) {
      if (isBig) body.writeUIntBE(value, at, bits / 8)
      else body.writeUIntLE(value, at, bits / 8)
    }
    return body
  }
  const section = pcapngBlock(0x0a0d0d0a, write(16, [[0, 0x1a2b3c4d, 32]]), isBig)
  /** if_tsresol, and if_tsoffset in seconds. */
  const face = (linkType: number, snap: number, resolution?: number, offset = 0): Buffer => {
    const options =
      resolution === undefined
        ? Buffer.alloc(0)
        : Buffer.concat([
            write(8, [
              [0, 9, 16],
              [2, 1, 16],
            ]).fill(resolution, 4, 5),
            write(12, [
              [0, 14, 16],
              [2, 8, 16],
              [isBig ? 8 : 4, offset, 32],
            ]),
            Buffer.alloc(4),
          ])
    const body = write(8, [
      [0, linkType, 16],
      [4, snap, 32],
    ])
    return pcapngBlock(1, Buffer.concat([body, options]), isBig)
  }
  const timed = (type: 2 | 6, face_: number, units: number, data: string): Buffer => {
    const body = write(20 + Math.ceil(data.length / 4) * 4, [
      [0, face_, type === 2 ? 16 : 32],
      [4, Math.floor(units / 2 ** 32), 32],
      [8, units % 2 ** 32, 32],
      [12, data.length, 32],
      [16, data.length + 1, 32],
    ])
    body.write(data, 20)
    return pcapngBlock(type, body, isBig)
  }
  const simple = pcapngBlock(
    3,
    Buffer.concat([write(4, [[0, 9, 32]]), Buffer.from('simple__')]),
    isBig,
  )

  test('enhanced, old and simple packets of several interfaces with clocks of their own', () => {
    const file = Buffer.concat([
      section,
      face(1, 6),
      face(101, 0, 9),
      face(113, 0, 0x80 | 10, 1_700_000_000),
      pcapngBlock(0x0bad, Buffer.alloc(8), isBig),
      timed(6, 0, TIME * 1000, 'micro'),
      timed(2, 1, TIME * 1e6, 'nano'),
      timed(6, 2, 1024 * 5, 'binary'),
      simple,
    ])
    const found: unknown[] = []
    const format = new PcapngFormat(({ bytes, start, end, time, wireLength, linkType }) => {
      found.push([Buffer.from(bytes.subarray(start, end)).toString(), linkType, wireLength, time])
    })
    expect(isPcapng(file)).toBe(true)
    expect(format.read(file, 0)).toBe(file.length)
    expect(found).toEqual([
      ['micro', 1, 6, expect.closeTo(TIME, 3)],
      ['nano', 101, 5, expect.closeTo(TIME, 3)],
      ['binary', 113, 7, 1_700_000_005_000],
      ['simple', 1, 9, 1_700_000_005_000],
    ])
  })

  test('a new section forgets the interfaces of the one before', () => {
    const file = Buffer.concat([section, face(1, 0), section, timed(6, 0, 1, 'x')])
    expect(new PcapngFormat(() => undefined).read(file, 0)).toBeUndefined()
  })

  test('blocks that contradict themselves', () => {
    const cut = Buffer.concat([section, face(1, 0), timed(6, 0, 1, 'abcd')])
    expect(new PcapngFormat(() => undefined).read(cut.subarray(0, -4), 0)).toBe(
      section.length + face(1, 0).length,
    )
    const at = section.length + face(1, 0).length + 4
    if (isBig) cut.writeUInt32BE(7, at)
    else cut.writeUInt32LE(7, at)
    expect(new PcapngFormat(() => undefined).read(cut, 0)).toBeUndefined()
  })
})
