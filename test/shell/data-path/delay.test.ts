import { expect, test } from 'vitest'
import { duration } from '../../../src/net/instant.ts'
import { delay } from '../../../src/shell/data-path/delay.ts'

test('R18 a duration too long for a timer does not become one millisecond', () => {
  expect(delay(duration(60_000))).toBe(60_000)
  expect(delay(duration(1e12))).toBe(2_147_483_647)
})
