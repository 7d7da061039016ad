import { expect, test } from 'vitest'
import {
  eachPort,
  formatPortRange,
  joinRanges,
  parsePort,
  parsePortRange,
  port,
  type PortRange,
  portRange,
  rangeHas,
  rangeSize,
  rangesOverlap,
  toPort,
  withoutRanges,
} from '../../src/net/port.ts'

test.each([
  ['1', 1],
  ['21', 21],
  ['65535', 65_535],
])('%s is a port', (text, value) => {
  expect(parsePort(text)).toBe(value)
})

test.each(['', '0', '00021', '021', '65536', '99999', '+21', '-21', ' 21', '2e1', '0x15', '21.0'])(
  '%j is no port',
  (text) => {
    expect(parsePort(text)).toBeUndefined()
  },
)

test('toPort and port refuse what is no port', () => {
  expect([0, 65_536, 1.5, Number.NaN].map(toPort)).toEqual(Array(4).fill(undefined))
  expect(() => port(0)).toThrow(new RangeError('not a port: 0'))
})

test('ranges', () => {
  const range = parsePortRange('50000-50099')
  expect(range).toEqual({ first: 50_000, last: 50_099 })
  expect(parsePortRange('21')).toEqual({ first: 21, last: 21 })
  for (const text of ['50099-50000', '1-2-3', '-5', '5-', '0-5', '1-65536', 'a-b'])
    expect(parsePortRange(text)).toBeUndefined()
  if (range === undefined) throw new Error('unreachable')
  expect(formatPortRange(range)).toBe('50000-50099')
  expect(formatPortRange({ first: port(21), last: port(21) })).toBe('21')
  expect(rangeSize(range)).toBe(100)
  expect([49_999, 50_000, 50_099, 50_100].map((value) => rangeHas(range, value))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(rangesOverlap(range, { first: port(50_099), last: port(50_200) })).toBe(true)
  expect(rangesOverlap(range, { first: port(50_100), last: port(50_200) })).toBe(false)
  expect(rangesOverlap(range, { first: port(49_900), last: port(50_000) })).toBe(true)
  expect(rangesOverlap(range, { first: port(49_900), last: port(49_999) })).toBe(false)
})

test('a range is made of two ports in their order', () => {
  expect(portRange(20, 21)).toEqual({ first: port(20), last: port(21) })
  expect(portRange(21, 21)).toEqual({ first: port(21), last: port(21) })
  expect(() => portRange(21, 20)).toThrow(new RangeError('not a port range: 21-20'))
  expect(() => portRange(0, 20)).toThrow(new RangeError('not a port: 0'))
})

test('each port of a range comes once, both ends included', () => {
  expect([...eachPort(portRange(20, 22))]).toEqual([20, 21, 22])
  expect([...eachPort(portRange(65_535, 65_535))]).toEqual([65_535])
})

test.each([
  [['20-30', '31-40', '10-12'], '10-12 20-40'],
  [['20-30', '10-25', '22-23'], '10-30'],
  [['5', '5'], '5'],
  [[], ''],
])('%j joined are %s', (texts, joined) => {
  expect(joinRanges(rangesOf(texts)).map(formatPortRange).join(' ')).toBe(joined)
})

test.each([
  [['1024-65535'], ['1433', '6000-6063'], '1024-1432 1434-5999 6064-65535'],
  [['10-20'], ['5-12', '18-30'], '13-17'],
  [['10-20'], ['10-20'], ''],
  [['10-20', '30-40'], ['15-35'], '10-14 36-40'],
  [['10-20'], [], '10-20'],
  [['10-20'], ['5-8', '22-30'], '10-20'],
  [['10-20'], ['5-10', '20-30'], '11-19'],
])('%j without %j are %s', (texts, removed, left) => {
  const ranges = withoutRanges(rangesOf(texts), rangesOf(removed))
  expect(ranges.map(formatPortRange).join(' ')).toBe(left)
})

function rangesOf(texts: readonly string[]): PortRange[] {
  return texts.map((text) => parsePortRange(text)).filter((range) => range !== undefined)
}
