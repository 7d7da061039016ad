import { expect, test } from 'vitest'
import { isReserved } from '../../../src/engine/session/reserved-code.ts'

test('codes of data connections and of protected channels, and all of 6yz', () => {
  const reserved = Array.from({ length: 700 }, (_, code) => code).filter(isReserved)
  expect(reserved.slice(0, 8)).toEqual([227, 228, 229, 234, 235, 334, 335, 600])
  expect(reserved).toHaveLength(7 + 100)
})
