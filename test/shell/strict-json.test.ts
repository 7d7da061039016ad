import { expect, test } from 'vitest'
import {
  address,
  count,
  endpointOf,
  field,
  flag,
  list,
  name,
  oneOf,
  portOf,
  portRangeOf,
  strictly,
  text,
} from '../../src/shell/strict-json.ts'

test.each<[string, (value: unknown) => unknown, readonly unknown[], readonly unknown[]]>([
  ['text', text, ['', 'a\u0000'], [1, null, undefined, []]],
  ['name', name, ['a b'], ['', 'a\n', 'é', 'x'.repeat(201), 1]],
  ['address', address, ['192.0.2.1', '2001:db8::1'], ['host', '192.0.2.256', 1]],
  ['portOf', portOf, [1, 65_535], [0, 65_536, '1', 1.5]],
  ['count', count, [0, 7], [-1, 0.5, '7', Number.POSITIVE_INFINITY]],
  ['flag', flag, [true, false], [0, 'true', undefined]],
  ['oneOf', (value) => oneOf(['a', 'b'], value), ['a', 'b'], ['c', 1, undefined]],
])('%s', (_, read, good, bad) => {
  for (const value of good) expect(strictly(() => ({ read: read(value) }))).toEqual({ read: value })
  for (const value of bad) expect(strictly(() => ({ read: read(value) }))).toBeUndefined()
})

test('endpoints, ranges, lists and fields', () => {
  expect(strictly(() => endpointOf('192.0.2.1:21'))).toEqual({ address: '192.0.2.1', port: 21 })
  expect(strictly(() => endpointOf('192.0.2.1'))).toBeUndefined()
  expect(strictly(() => portRangeOf({ first: 1, last: 2, more: 3 }))).toEqual({ first: 1, last: 2 })
  expect(strictly(() => portRangeOf({ first: 2, last: 1 }))).toBeUndefined()
  expect(strictly(() => list([1, 2], count))).toEqual([1, 2])
  expect(strictly(() => list([1, 'two'], count))).toBeUndefined()
  expect(strictly(() => list({}, count))).toBeUndefined()
  expect(strictly(() => ({ of: field({}, 'none') }))).toEqual({ of: undefined })
  expect(strictly(() => field(null, 'any'))).toBeUndefined()
})

test('another error is not taken for bad input', () => {
  const mistake = (): never => {
    throw new TypeError('ours')
  }
  expect(() => strictly(mistake)).toThrow(TypeError)
})
