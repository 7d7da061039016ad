import { expect, test } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import { RefusedServers } from '../../src/replay/refused-servers.ts'
import type { ReplayRecord } from '../../src/replay/record.ts'

function hintOf(...records: readonly ReplayRecord[]): string | undefined {
  const seen: ReplayRecord[] = []
  const servers = new RefusedServers({ record: (record) => seen.push(record) })
  for (const record of records) servers.record(record, 0)
  expect(seen).toEqual(records)
  return servers.hint
}

function refused(server: string, reason: 'rule.none' | 'rule.denied' = 'rule.none'): ReplayRecord {
  return {
    type: 'session.refused',
    listener: 'capture',
    client: '192.0.2.1:1',
    server,
    reason,
  }
}

test('when no rule is about any session, their servers are named', () => {
  expect(hintOf(refused('192.0.2.2:21'), refused('192.0.2.2:21'))).toContain(' to 192.0.2.2:21. ')
  const many = ['1', '2', '3', '4', '5'].map((last) => refused(`192.0.2.${last}:21`))
  expect(hintOf(...many)).toContain('192.0.2.1:21, 192.0.2.2:21, 192.0.2.3:21 and others')
})

test('no hint when there was no session, or one that the rules do know', () => {
  expect(hintOf()).toBeUndefined()
  expect(hintOf(refused('192.0.2.2:21'), refused('192.0.2.3:21', 'rule.denied'))).toBeUndefined()
  const opened = { type: 'session.open', session: sessionId('r1') } as ReplayRecord
  expect(hintOf(opened, refused('192.0.2.2:21'))).toBeUndefined()
})
