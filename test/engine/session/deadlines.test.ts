import { describe, expect, test } from 'vitest'
import { Deadlines } from '../../../src/engine/session/deadlines.ts'
import { instant } from '../../../src/net/instant.ts'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectClosed, expectNothingLeft, loggedIn } from '../hostile/expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

describe('the table', () => {
  test('the earliest deadline comes first, each is taken once', () => {
    const deadlines = new Deadlines()
    expect(deadlines.next).toBeUndefined()
    deadlines.set('idle', instant(30))
    deadlines.set('pinhole', instant(10))
    deadlines.set('login', instant(20))
    expect(deadlines.next).toBe(10)
    expect(deadlines.takeDue(instant(9))).toBeUndefined()
    const due = [1, 2, 3, 4].map(() => deadlines.takeDue(instant(30)))
    expect(due).toEqual(['pinhole', 'login', 'idle', undefined])
  })

  test('one that is set again moves; one that is set once does not', () => {
    const deadlines = new Deadlines()
    deadlines.set('idle', instant(10))
    deadlines.set('idle', instant(20))
    deadlines.setOnce('client-line', instant(10))
    deadlines.setOnce('client-line', instant(5))
    expect(deadlines.next).toBe(10)
    expect(deadlines.takeDue(instant(15))).toBe('client-line')
    expect(deadlines.takeDue(instant(15))).toBeUndefined()
  })

  test('what is cleared does not come; only the drain outlives the control connection', () => {
    const deadlines = new Deadlines()
    deadlines.set('idle', instant(10))
    expect(deadlines.has('idle')).toBe(true)
    deadlines.clear('idle')
    expect(deadlines.has('idle')).toBe(false)
    deadlines.set('reply', instant(10))
    deadlines.set('drain', instant(10))
    deadlines.clearAllButDrain()
    expect(deadlines.takeDue(instant(10))).toBe('drain')
    expect(deadlines.next).toBeUndefined()
  })
})

/** The deadline comes after `milliseconds` and not one earlier. */
function expectTimeout(
  talk: Conversation,
  milliseconds: number,
  reason: string,
  side: string,
): void {
  talk.advance(milliseconds - 1)
  expect(talk.isClosed).toBe(false)
  expect(talk.recordsOf('verdict')).toEqual([])
  talk.advance(1)
  expect(talk.recordsOf('verdict')).toMatchObject([{ verdict: 'close', reason, side }])
  expectClosed(talk, reason)
}

describe('what ends a session', () => {
  test('the server does not accept the connection', () => {
    const talk = new Conversation({ unanswered: ['connectServer'] })
    expectTimeout(talk, 10_000, 'timeout.connect', 'server')
  })

  test('the server does not greet, however long it says 120', () => {
    const talk = new Conversation().advance(29_999).server('120 wait\r\n')
    expectTimeout(talk, 1, 'timeout.greeting', 'server')
  })

  test('nobody logs in, however busy the client is', () => {
    const talk = new Conversation().server('220 x\r\n')
    for (let count = 0; count < 59; count++)
      talk.advance(1_000).client('NOOP\r\n').server('200 ok\r\n')
    expectTimeout(talk, 1_000, 'timeout.login', 'client')
  })

  test('after the login that deadline is gone', () => {
    const talk = new Conversation().login().advance(60_000)
    expect(talk.isClosed).toBe(false)
  })

  test('the control connection is idle: each side keeps it awake', () => {
    const talk = loggedIn().advance(899_999).client('NOOP\r\n').advance(899_999)
    talk.server('200 ok\r\n')
    expectTimeout(talk, 900_000, 'timeout.idle', 'client')
  })

  test('R28 it is not idle while data moves', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(`${HOSTS.C}:40100`)
    talk
      .client('RETR f\r\n')
      .server('150 go\r\n')
      .advance(2 * 3_600_000)
    expect(talk.isClosed).toBe(false)
    talk.endData(9, 0).advance(899_999)
    expect(talk.isClosed).toBe(false)
    talk.advance(1)
    expectClosed(talk, 'timeout.idle')
  })

  test('R28 a transfer without a data connection is no excuse', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE).client('RETR f\r\n')
    talk.server('150 go\r\n').advance(900_000)
    expectClosed(talk, 'timeout.idle')
  })

  test.each([
    ['client', 'NO'],
    ['server', '22'],
  ] as const)('a line of the %s is not finished, however steadily it drips', (side, start) => {
    const talk = loggedIn()[side](start)
    for (let count = 0; count < 29; count++) talk.advance(1_000)[side]('0')
    expectTimeout(talk, 1_000, 'timeout.line', side)
  })

  test.each(['client', 'server'] as const)('each line of the %s has its own time', (side) => {
    const talk = loggedIn().client('FEAT\r\n')
    if (side === 'server') talk.server('211-x\r\n')
    const [start, end] = side === 'client' ? ['NO', 'OP\r\nNO'] : [' a', 'b\r\n a']
    talk[side](start).advance(29_000)[side](end).advance(29_999)
    expect(talk.recordsOf('verdict')).toEqual([])
    talk.advance(1)
    expect(talk.recordsOf('verdict')).toMatchObject([{ reason: 'timeout.line', side }])
  })

  test('a line that the client left unfinished when it closed does not count', () => {
    const talk = loggedIn().client('NOOP\r\nNO').close('client').advance(60_000)
    expect(talk.isClosed).toBe(false)
    talk.server('200 ok\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
  })

  test('a multi-line reply is not finished, however steadily its lines come', () => {
    const talk = loggedIn().client('FEAT\r\n').server('211-x\r\n')
    for (let count = 0; count < 59; count++) talk.advance(1_000).server(' UTF8\r\n')
    talk.advance(999)
    expect(talk.isClosed).toBe(false)
    talk.advance(1)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'timeout.reply' }])
    // The client is in the middle of that reply: a 421 would be a line of it.
    expect(talk.sentTo('client')).not.toContain('421')
    expectNothingLeft(talk)
  })

  test('a peer that stopped reading', () => {
    const talk = loggedIn()
    talk.handle({ type: 'sideClosed', session: talk.session, side: 'client', cause: 'stalled' })
    expectClosed(talk, 'timeout.stalled')
  })

  test('of two deadlines that a late timer finds, the earlier one is named', () => {
    const talk = new Conversation()
    talk.skipTo(120_000)
    talk.handle({ type: 'deadlineReached', session: talk.session })
    expectClosed(talk, 'timeout.greeting')
  })

  test('a timer that comes too early changes nothing', () => {
    const talk = loggedIn()
    const before = talk.effects.length
    talk.handle({ type: 'deadlineReached', session: talk.session })
    expect(talk.effects).toHaveLength(before)
  })
})
