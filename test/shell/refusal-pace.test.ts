import { expect, test } from 'vitest'
import { instant } from '../../src/net/instant.ts'
import { RefusalPace } from '../../src/shell/refusal-pace.ts'

test('R19 the first fifty cost nothing, and from then on each ten milliseconds more', () => {
  const pace = new RefusalPace()
  const waits = Array.from({ length: 53 }, () => pace.add(instant(1_000)))
  expect(waits.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 0))
  expect(waits.slice(50)).toEqual([10, 20, 30])
})

test('R19 who waits is as free as before', () => {
  const pace = new RefusalPace()
  for (let refusals = 0; refusals < 60; refusals++) pace.add(instant(1_000))
  expect(pace.add(instant(1_100))).toBe(10)
  expect(pace.add(instant(2_000))).toBe(0)
})

test('R19 ninety a second may go on for ever', () => {
  const pace = new RefusalPace()
  const waits = Array.from({ length: 9_000 }, (_, index) => pace.add(instant(index * (1_000 / 90))))
  expect(Math.max(...waits)).toBe(0)
})
