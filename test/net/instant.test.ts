import { expect, test } from 'vitest'
import { after, between, duration, instant, parseDuration } from '../../src/net/instant.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['0s', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})

test.each(['', '30', 's', '-1s', '1.5s', '30 s', '1d', '9999999999s'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

test('an instant and a duration make an instant, two instants a duration', () => {
  const start = instant(1_000)
  expect(after(start, duration(500))).toBe(1_500)
  expect(between(start, after(start, duration(500)))).toBe(500)
})
