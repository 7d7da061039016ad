import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { isAbout, type LoggedRecord, tellSession } from '../../src/explain/session-why.ts'
import { Conversation } from '../support/conversation.ts'
import { deny, permit } from '../support/rules.ts'

function logged(records: readonly PacketLogRecord[]): readonly LoggedRecord[] {
  return records.map((record, index) => ({
    ...record,
    time: '2026-01-01T00:00:00.000Z',
    seq: index + 1,
  }))
}

test('the story of a session, from who let it in to how it ended', () => {
  const talk = new Conversation().login().client('EPSV\r\n').server('229 ok (|||60000|)\r\n')
  talk.client('QUIT\r\n').server('221 bye\r\n').close('server')
  const told = tellSession(logged(talk.records))
  expect(told.map(({ text }) => text)).toEqual([
    'The rule "front door: control" let 198.51.100.10:40000 in to 10.0.0.20:21 at the listener "front-door", with the profile "default"',
    '203.0.113.1:50000 was opened for the client, 198.51.100.10, on the way to 10.0.0.20:60000',
    'The 229 named 10.0.0.20:60000 and was sent on with 203.0.113.1:50000',
    'The client said QUIT',
  ])
})

test('a refusal has its reason, its rule and what would have changed it', () => {
  const talk = new Conversation({
    rules: [permit('control'), deny('active-data', { name: 'no way' })],
  })
  talk.login().client('PORT 198,51,100,10,100,0\r\n')
  expect(tellSession(logged(talk.records)).find(({ kind }) => kind === 'bad')).toMatchObject({
    text: expect.stringMatching(/^PORT .* was refused: a rule denies it, the rule "no way"$/),
    reason: 'rule.denied',
    rule: 'no way',
    otherwise: 'that rule, or one before it that permits this',
  })
})

test('a connection that was turned away goes by its client', () => {
  const talk = new Conversation({ rules: [] })
  const [record] = logged(talk.records)
  if (record === undefined) throw new Error('no record')
  expect([isAbout(record, '198.51.100.10:40000'), isAbout(record, 's1')]).toEqual([true, false])
  expect(tellSession([record])).toMatchObject([{ kind: 'bad', reason: 'rule.none' }])
})

test('records of one session and no other', () => {
  const talk = new Conversation().login()
  expect(talk.records.every((record) => isAbout(record, 's1'))).toBe(true)
  expect(talk.records.some((record) => isAbout(record, 's2'))).toBe(false)
})

test('every example of docs/packet-log.md can be told', () => {
  const doc = readFileSync('docs/packet-log.md', 'utf8')
  const lines = [...doc.matchAll(/^```json\n([\s\S]*?)\n```$/gm)].flatMap(([, text]) =>
    (text ?? '').split('\n'),
  )
  const told = tellSession(lines.map((line) => JSON.parse(line) as LoggedRecord))
  expect(told.length).toBeGreaterThan(10)
  for (const { text } of told) expect(text).not.toContain('undefined')
})
