import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clientStretches,
  cut,
  merged,
  pointOf,
  serverStretches,
  sourceStretches,
} from '../../src/explain/port-points.ts'
import { formatPortRange, type PortRange, port } from '../../src/net/port.ts'
import { ports } from '../support/rules.ts'
import { castFor, OFFICE, OPEN, rulesetOf } from './examples.ts'

const shown = (stretches: readonly PortRange[]): readonly string[] => stretches.map(formatPortRange)

test('stretches of the server, its own range first', () => {
  expect(shown(serverStretches(rulesetOf(OFFICE), castFor(OFFICE)))).toEqual([
    '60000-60099',
    '1024-59999',
    '60100-65535',
  ])
  expect(shown(serverStretches(rulesetOf(OPEN), castFor(OPEN)))).toEqual(['1024-65535'])
})

test('stretches of clients are what systems give, cut by rules and denied ports', () => {
  expect(shown(clientStretches(rulesetOf(OFFICE), castFor(OFFICE)))).toEqual(['32768-65535'])
  const text = OFFICE.replace('from-port: 20', 'port: 40000-41000')
  expect(shown(clientStretches(rulesetOf(text), castFor(text)))).toEqual([
    '40000-41000',
    '32768-39999',
    '41001-65535',
  ])
})

test('servers connect from 20, or from whatever', () => {
  expect(shown(sourceStretches(rulesetOf(OFFICE), castFor(OFFICE)))).toEqual(['20', '1024-65535'])
})

describe('cutting', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
    .map(([a, b]) => ({ first: port(Math.min(a, b)), last: port(Math.max(a, b)) }))

  test('leaves no port out, and no edge inside a stretch', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
        const whole = ports('1024-65535')
        const stretches = cut(whole, ranges)
        expect(merged(stretches)).toEqual([whole])
        for (const { first, last } of stretches)
          for (const one of ranges) {
            expect(one.first > first && one.first <= last).toBe(false)
            expect(one.last >= first && one.last < last).toBe(false)
          }
      }),
    )
  })

  test('a point lies in its stretch', () => {
    fc.assert(
      fc.property(range, (stretch) => {
        const point = pointOf(stretch)
        expect(point >= stretch.first && point <= stretch.last).toBe(true)
      }),
    )
  })
})
