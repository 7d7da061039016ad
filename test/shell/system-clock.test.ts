import { expect, test } from 'vitest'
import { now } from '../../src/shell/system-clock.ts'

test('R18 the clock starts above zero and never goes back', () => {
  const readings = Array.from({ length: 1000 }, () => now())
  expect(readings[0]).toBeGreaterThan(0)
  expect(readings.toSorted((a, b) => a - b)).toEqual(readings)
})
