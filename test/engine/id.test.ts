import { expect, test } from 'vitest'
import { dataConnectionId, pinholeId, sessionId } from '../../src/engine/id.ts'

test('a pinhole is named after its session', () => {
  expect(pinholeId(sessionId('m1-7'), 2)).toBe('m1-7/p2')
  expect(dataConnectionId(3)).toBe(3)
})
