import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fragments } from '../../../src/record/capture/fragments.ts'

const PAYLOAD = Uint8Array.from({ length: 96 }, (_, index) => index)

/** Pieces of eight bytes and more. */
const CUTS = [0, 8, 24, 64, 96]
const PIECES = CUTS.slice(0, -1).map((start, index) => {
  const end = CUTS[index + 1] ?? 0
  return { start, bytes: PAYLOAD.subarray(start, end), hasMore: end < 96 }
})

test('in any order, and some of them twice', () => {
  const order = fc.tuple(
    fc.shuffledSubarray(PIECES, { minLength: PIECES.length }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }),
  )
  fc.assert(
    fc.property(order, ([pieces, extra]) => {
      const fragments = new Fragments()
      const results = [...extra, ...pieces].map(({ start, bytes, hasMore }) =>
        fragments.add('a', bytes, start, hasMore, 1),
      )
      expect(results.find((one) => one !== undefined)).toEqual(PAYLOAD)
    }),
  )
})

test('of overlapping fragments the first wins', () => {
  const fragments = new Fragments()
  fragments.add('a', Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1), 8, false, 1)
  const whole = fragments.add('a', new Uint8Array(16).fill(2), 0, true, 1)
  expect([...(whole ?? [])].join('')).toBe('2222222211111111')
})

test('packets with holes are given up in time, and counted', () => {
  const fragments = new Fragments()
  for (let key = 0; key < 300; key++)
    expect(fragments.add(`${key}`, PAYLOAD, 8, true, 1)).toBeUndefined()
  expect(fragments.lost).toBe(44)
  fragments.add('late', PAYLOAD, 0, true, 70_000)
  expect(fragments.lost).toBe(300)
})

test('nothing longer than a packet can be', () => {
  expect(new Fragments().add('a', PAYLOAD, 65_500, false, 1)).toBeUndefined()
})
