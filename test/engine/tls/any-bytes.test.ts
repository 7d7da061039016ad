/** What holds for the observer whatever two peers say. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, record } from './support/hello-bytes.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from './support/hand-made.ts'
import { cutAt, differing, drip, observe } from './support/observation.ts'
import { bytesOf, type Said } from './support/recording.ts'

describe('TlsObserver, for any bytes', () => {
  const segment: fc.Arbitrary<Said> = fc.record({
    side: fc.constantFrom('client', 'server'),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(fc.integer({ min: 20, max: 23 }), fc.uint8Array({ maxLength: 64 }))
        .map(([type, body]) => record(type, body)),
      fc.constantFrom(...ESTABLISHED_12, ...ESTABLISHED_13).map((said) => said.bytes),
      fc.constant(ascii('PASV\r\n')),
    ),
  })
  const places = fc.array(fc.nat({ max: 2_000 }), { maxLength: 8 })

  test('never throws, never hoards, and does not depend on segments', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), places, (said, cuts) => {
        // The order between the two directions is given; only each segment is cut.
        expect(differing(said, [cutAt(said, cuts), drip(said)])).toEqual([])
      }),
    )
  })

  test('what is passed on and what is clear is all there was, in order', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), places, (said, cuts) => {
        const { opaque, clear, violation } = observe(cutAt(said, cuts))
        for (const side of ['client', 'server'] as const) {
          const whole = bytesOf(said, side).toString('latin1')
          const out = opaque[side] + clear[side]
          expect(whole.startsWith(out)).toBe(true)
          // An unfinished header is held back.
          if (violation === undefined) expect(whole.length - out.length).toBeLessThan(5)
        }
      }),
    )
  })

  test('a handshake with wrong bytes in it is a handshake or a violation, never an exception', () => {
    const flips = fc.array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), { maxLength: 4 })
    fc.assert(
      fc.property(
        fc.constantFrom(ESTABLISHED_12, ESTABLISHED_13),
        flips,
        places,
        (said, at, cuts) => {
          let base = 0
          const mutated = said.map((chunk) => {
            const body = Uint8Array.from(chunk.bytes)
            for (const [place, byte] of at)
              if (place >= base && place - base < body.length) body[place - base] = byte
            base += body.length
            return { ...chunk, bytes: body }
          })
          expect(differing(mutated, [cutAt(mutated, cuts)])).toEqual([])
        },
      ),
    )
  })
})
