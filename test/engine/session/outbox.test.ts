import { expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { Outbox } from '../../../src/engine/session/outbox.ts'
import { at } from '../../support/conversation.ts'

const session = sessionId('s1')
const identity = { session, client: '198.51.100.10:40000', server: '[2001:db8::20]:21' }

function outbox(): Outbox {
  return new Outbox(session, at(identity.client), at(identity.server))
}

test('effects are taken once, in order', () => {
  const out = outbox()
  out.send('server', Buffer.from('NOOP\r\n'))
  out.record({ type: 'control.command', verb: 'NOOP' })
  expect(out.take()).toEqual([
    { type: 'send', session, side: 'server', bytes: Buffer.from('NOOP\r\n') },
    { type: 'record', record: { type: 'control.command', ...identity, verb: 'NOOP' } },
  ])
  expect(out.take()).toEqual([])
})

test.each([
  ['PASV', { verb: 'PASV' }],
  [undefined, {}],
])('an own answer is sent and recorded as local: %s', (verb, shown) => {
  const out = outbox()
  out.reply({ code: 425, text: 'No.' }, verb)
  const [send, record] = out.take()
  expect(send).toMatchObject({ side: 'client', bytes: Buffer.from('425 No.\r\n') })
  expect(record).toEqual({
    type: 'record',
    record: {
      type: 'control.reply',
      ...identity,
      code: 425,
      text: 'No.',
      lines: 1,
      ...shown,
      local: true,
    },
  })
})

test('a verdict leaves out what it does not know, and refusals are counted', () => {
  const out = outbox()
  out.verdict('reject', 'cmd.denied', { side: 'client', verb: 'SITE', rule: undefined })
  out.verdict('note', 'telnet.stripped', { side: 'server' })
  out.verdict('permit', 'rule.none', { side: 'client' })
  out.verdict('close', 'cmd.nul', { side: 'client', detail: 'd', argument: 'a', rule: 'r' })
  expect(out.refusals).toBe(2)
  const records = out.take().map((effect) => (effect.type === 'record' ? effect.record : undefined))
  expect(records[0]).toEqual({
    type: 'verdict',
    ...identity,
    verdict: 'reject',
    reason: 'cmd.denied',
    side: 'client',
    verb: 'SITE',
  })
  expect(records[3]).toMatchObject({ detail: 'd', argument: 'a', rule: 'r' })
})
