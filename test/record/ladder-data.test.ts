import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import { dataRow, pinholeRow, rangeRow } from '../../src/record/ladder-data.ts'

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

test('the verb says where the bytes went, although TLS sends some both ways', () => {
  const base = { type: 'data.close', ...of, durationMs: 5, cause: 'end' } as const
  const both = { toClientBytes: 4000, toServerBytes: 600 }
  expect(dataRow({ ...base, ...both, verb: 'RETR' }).left?.text).toBe('4,000 bytes')
  expect(dataRow({ ...base, ...both, verb: 'STOR' }).right?.text).toBe('600 bytes')
  const wrongWay = { toClientBytes: 0, toServerBytes: 600, verb: 'RETR' }
  expect(dataRow({ ...base, ...wrongWay }).right?.text).toBe('600 bytes')
})

test('without a verb both ways count', () => {
  const both = { toClientBytes: 4000, toServerBytes: 600, durationMs: 5, cause: 'reset' } as const
  expect(dataRow({ type: 'data.close', ...of, ...both })).toMatchObject({
    left: { text: '4,000 bytes' },
    clientGate: 'toClient',
    band: { ink: 'refusal' },
    serverGate: 'toServer',
    right: { text: '600 bytes' },
  })
})

test('what the kernel carried is told with its packets, the way the verb says', () => {
  const base = { type: 'data.close', ...of, durationMs: 5, cause: 'end' } as const
  const counted = { toClientBytes: 0, toServerBytes: 640, toClientPackets: 0, toServerPackets: 1 }
  const close = { ...base, ...counted }
  expect(dataRow({ ...close, verb: 'STOR' }).right?.text).toBe('640 bytes, 1 packet')
  expect(dataRow({ ...close, verb: 'RETR' }).left?.text).toBe('0 bytes, 0 packets')
  expect(dataRow(close)).toMatchObject({
    left: { text: '0 bytes, 0 packets' },
    right: { text: '640 bytes, 1 packet' },
  })
})

test('a static range says which of its two ways there are', () => {
  const range = { range: pinholeId(session, 0), peer: '10.0.0.1' } as const
  const open = { type: 'range.open', ...of, ...range } as const
  const passive = { listening: '10.0.0.9 40000-40099', dial: '10.0.0.2 40000-40099' }
  expect(rangeRow({ ...open, ...passive })).toMatchObject({
    left: { text: 'only 10.0.0.1' },
    band: { text: '○ p0 40000-40099' },
    right: { text: 'leads to 10.0.0.2 40000-40099' },
  })
  const active = '10.0.0.1 1024-65535'
  expect(rangeRow({ ...open, ...passive, active }).band?.text).toBe('○ p0 40000-40099, active')
  expect(rangeRow({ ...open, active })).toMatchObject({
    left: { text: 'leads to 10.0.0.1' },
    band: { text: '○ p0 active' },
    right: { text: 'only 10.0.0.2, port 20' },
  })
})

test('a static range is not shut by its use', () => {
  const range = pinholeId(session, 0)
  const use = { type: 'pinhole.use', ...of, peer: '10.0.0.1:4001' } as const
  expect(pinholeRow(use)?.band?.text).toBe('● p3 used, now shut')
  expect(pinholeRow({ ...use, pinhole: range })?.band?.text).toBe('● p0 used')
  const close = { type: 'range.close', ...of, range } as const
  expect(rangeRow({ ...close, connections: 0 })).toMatchObject({
    band: { text: '× p0 shut: unused' },
  })
  expect(rangeRow({ ...close, connections: 2 }).left?.text).toBe('2 data connections')
})
