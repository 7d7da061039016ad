import { describe, expect, test } from 'vitest'
import {
  at,
  type Conversation,
  type ConversationOptions,
  HOSTS,
} from '../../support/conversation.ts'
import { expectAlive, expectNothingLeft, loggedIn } from '../hostile/expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const PORT = 'PORT 198,51,100,10,200,21\r\n'
const C = `${HOSTS.C}:40100`
const S = `${HOSTS.S}:20`

function passive(options: ConversationOptions = {}): Conversation {
  const talk = loggedIn(options).client('PASV\r\n').server(PASSIVE)
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

describe('a transfer and its connection, in either order', () => {
  test.each(['connection first', 'command first'])('%s', (order) => {
    const talk = passive()
    if (order === 'connection first') talk.connectData(C)
    talk.client('STOR up\r\n').server('150 go\r\n')
    if (order === 'command first') talk.connectData(C)
    expect(talk.effectsOf('startData')).toMatchObject([{ direction: 'to-server', idle: 300_000 }])
    talk.server('226 ok\r\n').advance(50).endData(0, 12)
    expect(talk.recordsOf('data.open')).toMatchObject([
      { mode: 'passive', verb: 'STOR', path: 'up', from: C, to: '10.0.0.20:40000' },
    ])
    expect(talk.recordsOf('data.close')).toMatchObject([
      { verb: 'STOR', path: 'up', toClientBytes: 0, toServerBytes: 12, durationMs: 50 },
    ])
  })

  test('the other leg is dialled for as long as the rule file says', () => {
    const talk = passive()
    talk.connectData(C)
    expect(talk.effectsOf('dialData')).toMatchObject([{ timeout: 10_000 }])
  })

  test('a transfer without a path has none in its records', () => {
    const talk = passive()
    talk.connectData(C)
    talk.client('LIST\r\n').endData(3, 0)
    expect(talk.recordsOf('data.open')).toMatchObject([{ verb: 'LIST' }])
    for (const type of ['data.open', 'data.close'] as const)
      expect(talk.recordsOf(type)[0]).not.toHaveProperty('path')
  })

  test('totals of all transfers are in the record of the end', () => {
    const talk = loggedIn()
    for (const [line, down, up] of [
      ['RETR a', 10, 0],
      ['STOR b', 0, 7],
      ['RETR c', 5, 0],
    ] as const) {
      talk.client('PASV\r\n').server(PASSIVE)
      talk.connectData(C)
      talk.client(`${line}\r\n`).server('150 go\r\n226 ok\r\n').endData(down, up)
    }
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.records.at(-1)).toMatchObject({
      type: 'session.close',
      transfers: 3,
      toClientBytes: 15,
      toServerBytes: 7,
    })
  })
})

describe('the two connections race', () => {
  /** The server has done its transfer; we have not been told of its data connection. */
  function raced(): Conversation {
    const talk = loggedIn().client(PORT).server('200 ok\r\n').client('RETR f\r\n')
    return talk.server('150 go\r\n226 done\r\n')
  }

  test('the next set-up waits for the connection, and then goes', () => {
    const talk = raced().client('PASV\r\n')
    expect(talk.sentTo('server')).not.toContain('PASV')
    expect(talk.connectData(S)).toBe('accepted')
    expect(talk.recordsOf('data.open')).toMatchObject([{ path: 'f' }])
    expect(talk.sentTo('server')).toMatch(/PASV\r\n$/)
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.endData(4, 0)
    expect(talk.recordsOf('data.close')).toMatchObject([{ path: 'f', toClientBytes: 4 }])
  })

  test.each([PORT, 'RETR g\r\n', 'USER u\r\n'])('for a second at most: %j', (line) => {
    const talk = raced()
    talk.takeSentTo('server')
    talk.client(line).advance(999)
    expect(talk.sentTo('server')).toBe('')
    talk.advance(1)
    expect(talk.sentTo('server')).not.toBe('')
  })

  test('other commands do not wait', () => {
    const talk = raced().client('NOOP\r\n')
    expect(talk.sentTo('server')).toMatch(/NOOP\r\n$/)
  })

  test('a QUIT is answered, but the session stays for the connection', () => {
    const talk = raced().client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.isClosed).toBe(false)
    expect(talk.connectData(S)).toBe('accepted')
    talk.endData(4, 0)
    expect(talk.recordsOf('data.close')).toMatchObject([{ path: 'f', toClientBytes: 4 }])
    expectNothingLeft(talk)
  })

  test('a session that drains, or whose client has closed its half, stays as well', () => {
    const draining = raced()
    draining.handle({ type: 'drain', until: draining.now })
    expect(draining.isClosed).toBe(false)
    const half = raced().close('client')
    expect(half.isClosed).toBe(false)
    half.advance(1_000)
    expectNothingLeft(half)
  })

  test('without a pinhole there is nothing to wait for', () => {
    const talk = loggedIn().client('RETR f\r\n').server('226 empty\r\n').client('PASV\r\n')
    expect(talk.sentTo('server')).toMatch(/PASV\r\n$/)
  })
})

describe('a connection that is being closed', () => {
  const slow = { unanswered: ['closeData'] } as const

  test('is closed once, and no transfer is given to it', () => {
    const talk = passive(slow)
    talk.connectData(C)
    const first = talk.effectsOf('dialData').map((effect) => effect.connection)
    talk.client('PASV\r\n').server(PASSIVE).client('PASV\r\n').server(PASSIVE)
    expect(talk.effectsOf('closeData').map((effect) => effect.connection)).toEqual(first)
    talk.client('RETR f\r\n').server('150 go\r\n')
    expect(talk.effectsOf('startData')).toEqual([])
    talk.connectData(C)
    const started = talk.effectsOf('startData').map((effect) => effect.connection)
    expect(started).toHaveLength(1)
    expect(started).not.toEqual(first)
  })

  test('keeps the session in the tables until its end is reported', () => {
    const talk = passive(slow)
    talk.connectData(C)
    talk.close('client', 'reset')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('session.close')).toEqual([])
    expect(talk.gateway.counts.sessions).toBe(1)
    talk.endData(0, 0)
    expect(talk.recordsOf('session.close')).toHaveLength(1)
    expectNothingLeft(talk)
  })
})

test('reports about connections that nobody knows change nothing', () => {
  const talk = passive()
  const { session } = talk
  const connection = talk.nextConnection()
  const before = talk.effects.length
  talk.handle({ type: 'dataDialed', session, connection, local: at('10.0.0.1:20') })
  talk.handle({ type: 'dataDialFailed', session, connection, cause: 'ECONNREFUSED' })
  const bytes = { toClientBytes: 9, toServerBytes: 9, cause: 'end' } as const
  talk.handle({ type: 'dataEnded', session, connection, ...bytes })
  expect(talk.effects).toHaveLength(before)
  expect(talk.connectData(C)).toBe('accepted')
  expectAlive(talk)
})
