import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import { dataRow, pinholeRow } from '../../src/record/ladder-data.ts'

const session = sessionId('s1')
const of = {
  session,
  pinhole: pinholeId(session, 3),
  client: '10.0.0.1:4000',
  server: '10.0.0.2:21',
} as const

test('a pinhole that was used is shut without a row of its own', () => {
  expect(pinholeRow({ type: 'pinhole.close', reason: 'used', ...of })).toBeUndefined()
  for (const reason of ['expired', 'replaced', 'refused', 'session-closed', 'aborted'] as const)
    expect(pinholeRow({ type: 'pinhole.close', reason, ...of })?.band?.text).toMatch(/^× p3 shut/)
})

test('an empty upload points to the server all the same', () => {
  const base = { type: 'data.close', ...of, toClientBytes: 0, toServerBytes: 0 } as const
  const ending = { durationMs: 5, cause: 'end' } as const
  expect(dataRow({ ...base, ...ending, verb: 'STOR' }).serverGate).toBe('toServer')
  expect(dataRow({ ...base, ...ending, verb: 'RETR' }).clientGate).toBe('toClient')
})
