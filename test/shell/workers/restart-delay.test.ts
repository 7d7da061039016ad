import { expect, test } from 'vitest'
import { duration } from '../../../src/net/instant.ts'
import { RestartDelay } from '../../../src/shell/workers/restart-delay.ts'

test('who dies at once waits longer each time, up to half a minute', () => {
  const delay = new RestartDelay()
  const waits = Array.from({ length: 12 }, () => delay.after(duration(10)))
  expect(waits[0]).toBeLessThanOrEqual(1_000)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  expect(waits.at(-1)).toBe(30_000)
})

test('who ran for a while is replaced as soon as the first time', () => {
  const delay = new RestartDelay()
  const first = delay.after(duration(10))
  delay.after(duration(10))
  delay.after(duration(10))
  expect(delay.after(duration(60_000))).toBe(first)
})
