/** How a session ends: who went, what still runs, and what a drain waits for. */
import { describe, expect, test } from 'vitest'
import { instant } from '../../../src/net/instant.ts'
import { Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { expectClosed, expectNothingLeft, loggedIn } from '../hostile/expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

describe('its ways', () => {
  test('the server cannot be reached', () => {
    const talk = new Conversation({ unanswered: ['connectServer'] })
    const { session } = talk
    talk.handle({ type: 'serverFailed', session, cause: 'ECONNREFUSED' })
    expect(talk.recordsOf('verdict')).toMatchObject([
      {
        verdict: 'close',
        reason: 'server.unreachable',
        side: 'server',
        detail: 'connect: ECONNREFUSED',
      },
    ])
    expectClosed(talk, 'server.unreachable')
  })

  test.each(['end', 'reset'] as const)('the server closes: %s', (cause) => {
    const talk = loggedIn().client('NOOP\r\n').close('server', cause)
    expect(talk.sentTo('client')).toMatch(/^421 /)
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'server.closed', side: 'server' },
    ])
    expectClosed(talk, 'server-closed')
  })

  test('the client is gone: nothing is said to it', () => {
    const talk = loggedIn().client('NOOP\r\n').close('client', 'reset')
    expect(talk.sentTo('client')).toBe('')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
    expectNothingLeft(talk)
  })

  test('a violation ends a running transfer as well', () => {
    const talk = downloading()
    talk.server('nonsense\r\n')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('data.close')).toMatchObject([{ cause: 'closed' }])
    expectClosed(talk, 'reply.malformed')
  })

  test('the server closes while a transfer runs: the transfer is finished', () => {
    const talk = downloading().close('server')
    expect(talk.isClosed).toBe(false)
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.endData(7, 0)
    expect(talk.recordsOf('data.close')).toMatchObject([{ toClientBytes: 7 }])
    expectClosed(talk, 'server-closed')
  })

  test('nothing that comes afterwards changes anything', () => {
    const talk = downloading().close('client', 'reset')
    const before = talk.effects.length
    talk.client('NOOP\r\n').server('226 ok\r\n').close('server').close('client')
    talk.handle({ type: 'serverFailed', session: talk.session, cause: 'ECONNRESET' })
    expect(talk.effects).toHaveLength(before)
    talk.endData(1, 0)
    const closed = talk.effects.length
    talk.endData(1, 0).client('NOOP\r\n').server('200 ok\r\n').advance(3_600_000)
    expect(talk.effects).toHaveLength(closed)
    expect(talk.records.at(-1)).toMatchObject({ type: 'session.close', toClientBytes: 1 })
  })

  test('after a fault of ours everything ends and nothing is awaited', () => {
    const talk = downloading({ unanswered: ['closeData'] })
    const effects = talk.gateway.discard(talk.session, talk.now)
    expect(effects.map((effect) => effect.type)).toEqual([
      'closeData',
      'close',
      'close',
      'record',
      'sessionEnded',
    ])
    expect(effects.at(-2)).toMatchObject({ record: { type: 'session.close', reason: 'internal' } })
    expectNothingLeft(talk)
    expect(talk.gateway.discard(talk.session, talk.now)).toEqual([])
  })

  test('also after its control connection had ended', () => {
    const talk = downloading({ unanswered: ['closeData'] }).close('client', 'reset')
    const effects = talk.gateway.discard(talk.session, talk.now)
    expect(effects.map((effect) => effect.type)).toEqual(['closeData', 'record', 'sessionEnded'])
    expect(effects[1]).toMatchObject({ record: { reason: 'client-closed' } })
  })
})

describe('drain', () => {
  function drain(talk: Conversation, milliseconds = 30_000): Conversation {
    talk.handle({ type: 'drain', until: instant(talk.now + milliseconds) })
    return talk
  }

  test('an idle session ends at once', () => {
    expectClosed(drain(loggedIn()), 'draining')
  })

  test.each([
    ['not connected', () => new Conversation({ unanswered: ['connectServer'] })],
    ['not greeted', () => new Conversation()],
    ['not logged in', () => new Conversation().server('220 x\r\n')],
    ['an unanswered command', () => loggedIn().client('NOOP\r\n')],
    ['a pinhole', () => loggedIn().client('PASV\r\n').server(PASSIVE)],
    ['an unused data connection', () => connected()],
  ])('so does one with %s', (_, start) => {
    expectClosed(drain(start()), 'draining')
  })

  test('a running transfer is finished, with its reply', () => {
    const talk = drain(downloading())
    expect(talk.isClosed).toBe(false)
    talk.advance(10_000).endData(7, 0)
    expect(talk.isClosed).toBe(false)
    talk.server('226 ok\r\n')
    expect(talk.sentTo('client')).toMatch(/^226 ok\r\n421 /)
    expectClosed(talk, 'draining')
  })

  test('also when the reply comes before the last byte', () => {
    const talk = drain(downloading()).server('226 ok\r\n')
    expect(talk.isClosed).toBe(false)
    talk.endData(7, 0)
    expectClosed(talk, 'draining')
  })

  test('a transfer that takes too long does not', () => {
    const talk = drain(downloading()).advance(29_999)
    expect(talk.isClosed).toBe(false)
    talk.advance(1)
    expect(talk.recordsOf('verdict')).toMatchObject([{ verdict: 'close', reason: 'draining' }])
    expectClosed(talk, 'draining')
  })

  test.each(['drain, then the client goes', 'the client goes, then drain'])('%s', (order) => {
    const talk = downloading()
    if (order.startsWith('drain')) drain(talk).close('client', 'reset')
    else drain(talk.close('client', 'reset'))
    talk.advance(29_999)
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.advance(1)
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
    expectNothingLeft(talk)
  })
})

function connected(options: ConversationOptions = {}): Conversation {
  const talk = loggedIn(options).client('PASV\r\n').server(PASSIVE)
  talk.connectData(`${HOSTS.C}:40100`)
  return talk
}

function downloading(options: ConversationOptions = {}): Conversation {
  const talk = connected(options).client('RETR f\r\n').server('150 go\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}
