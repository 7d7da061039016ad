import { expect, test } from 'vitest'
import {
  dataConnectionId,
  pinholeId,
  pinholeIdFrom,
  sessionId,
  workerOfSession,
  workerSessionId,
} from '../../src/engine/id.ts'

test('a pinhole is named after its session', () => {
  expect(pinholeId(sessionId('m1-7'), 2)).toBe('m1-7/p2')
  expect(dataConnectionId(3)).toBe(3)
})

test('a session says which worker counted it, and no other text does', () => {
  for (const worker of [undefined, 1, 64])
    expect(workerOfSession(workerSessionId('mwq2n145', worker, 17))).toBe(worker)
  expect(workerSessionId('mwq2n145', undefined, 17)).toBe('mwq2n145-17')
  expect(workerSessionId('mwq2n145', 2, 17)).toBe('mwq2n145.2-17')
  for (const text of ['s1', '', 'a.b-1', 'a.1', 'a.1.2-3', 'a.1-'])
    expect(workerOfSession(text)).toBeUndefined()
  expect(pinholeIdFrom('mwq2n145.2-17/p0')).toBe(pinholeId(sessionId('mwq2n145.2-17'), 0))
})
