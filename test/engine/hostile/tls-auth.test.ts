/** Hostile-peer cases T1 to T7, T11, T12 and T28: AUTH, and what is said around it. */
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { permit } from '../../support/rules.ts'
import { AUTH, playSaid } from '../../support/tls-dialogue.ts'
import {
  expectAlive,
  expectClosed,
  expectClosedSilently,
  expectRejected,
  loggedIn,
} from './expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

function greeted(options: ConstructorParameters<typeof Conversation>[0] = {}): Conversation {
  const talk = new Conversation(options).server('220 x\r\n')
  talk.takeSentTo('client')
  return talk
}

describe('bytes around AUTH', () => {
  test('T1 AUTH that waits for a reply is not sent alone when something follows it', () => {
    const talk = greeted().client('NOOP\r\nAUTH TLS\r\nUSER evil\r\n')
    expect(talk.takeSentTo('server')).toBe('NOOP\r\n')
    talk.server('200 ok\r\n')
    expect(talk.sentTo('server')).toBe('AUTH TLS\r\n')
    expectClosed(talk, 'auth.pipelined')
  })

  test.each([
    ['in one segment', ['234 ok\r\n230 Logged in\r\n257 "/"\r\n']],
    ['later', ['234 ok\r\n', '230 Logged in\r\n']],
    ['half a line', ['234 ok\r\n2']],
    ['a ServerHello', ['234 ok\r\n', '\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03']],
  ])('T2 replies behind the 234: %s', (_, segments) => {
    const talk = greeted().client('AUTH TLS\r\n')
    for (const segment of segments) talk.server(segment)
    expect(talk.sentTo('client')).toBe('234 ok\r\n')
    expectClosedSilently(talk, 'auth.reply-pipelined')
  })

  test('T3 what is needed for AUTH passes, FEAT unchanged', () => {
    const talk = greeted({ profile: { encryption: 'required' } })
    const verbs = ['FEAT', 'HOST h', 'NOOP', 'HELP', 'SYST', 'LANG en', 'OPTS UTF8 ON', 'CLNT c']
    for (const line of verbs) {
      talk.client(`${line}\r\n`).server('211-x\r\n SIZE\r\n211 end\r\n')
      expect(talk.takeSentTo('server')).toBe(`${line}\r\n`)
      expect(talk.takeSentTo('client')).toBe('211-x\r\n SIZE\r\n211 end\r\n')
    }
    talk.client('AUTH TLS\r\n').server('500 what?\r\n')
    expect(talk.takeSentTo('client')).toBe('500 what?\r\n')
    expectRejected(talk, 'USER u\r\n', 530, 'tls.required')
  })

  test('T3 a server that logs the client in with its greeting', () => {
    const talk = new Conversation({ profile: { encryption: 'required' } }).server('230 in\r\n')
    expectClosed(talk, 'reply.greeting')
  })

  test('T3 where encryption is forbidden AUTH is refused', () => {
    const talk = greeted({ profile: { encryption: 'forbidden' } })
    expectRejected(talk, 'AUTH TLS\r\n', 502, 'auth.forbidden')
    expectRejected(talk, 'AUTH X\r\n', 502, 'auth.forbidden')
  })

  test('T4 a 234 to anything but AUTH', () => {
    for (const line of ['NOOP\r\n', 'USER u\r\n', 'FEAT\r\n']) {
      const talk = greeted().client(line).server('234 go\r\n')
      expect(talk.takeSentTo('client')).toMatch(/^500 [^\r\n]*\r\n$/)
      expect(talk.reasons).toEqual(['reply.mismatch'])
      expectAlive(talk)
    }
    expectClosed(greeted().server('234 go\r\n'), 'reply.unsolicited')
  })

  test('T5 AUTH is forgotten with its reply', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('504 no\r\n')
    expect(talk.takeSentTo('client')).toBe('504 no\r\n')
    talk.client('NOOP\r\n').server('234 x\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^500 /)
    expectAlive(talk)
  })
})

describe('mechanisms', () => {
  test.each(['AUTH tls', 'auth TLS', 'AUTH SSL', 'AUTH TLS-C', 'AUTH TLS-P', 'Auth Tls-c'])(
    'T6 %s',
    (line) => {
      const talk = greeted().client(`${line}\r\n`)
      expect(talk.sentTo('server')).toBe(`${line}\r\n`)
      talk.server('234 ok\r\n').client('USER u\r\n')
      expectClosedSilently(talk, 'tls.expected')
    },
  )

  test('T6 what the profile names is allowed, and nothing else', () => {
    const options = { profile: { mechanisms: new Set(['GSSAPI']) } }
    expectRejected(greeted(options), 'AUTH TLS\r\n', 504, 'auth.mechanism')
    expect(greeted(options).client('AUTH gssapi\r\n').sentTo('server')).toBe('AUTH gssapi\r\n')
  })
})

describe('the reply to AUTH', () => {
  test('T7 only a whole reply begins TLS', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('234-hello\r\n')
    expect(talk.sentTo('client')).toBe('')
    talk.server(' more\r\n234 go\r\n')
    expect(talk.takeSentTo('client')).toBe('234-hello\r\n more\r\n234 go\r\n')
    talk.client('USER u\r\n')
    expectClosedSilently(talk, 'tls.expected')
  })

  test('T7 the client may say nothing while it is not whole', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('234-hello\r\n').client('\x16\x03\x01')
    expect(talk.sentTo('server')).toBe('AUTH TLS\r\n')
    expectClosed(talk, 'auth.pipelined')
  })

  test('T7 it must end in time', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('234-hello\r\n').advance(60_000)
    expect(talk.sentTo('client')).toMatch(/^421 /)
    expectClosed(talk, 'timeout.login')
    const late = loggedIn().client('AUTH TLS\r\n').server('234-hello\r\n').advance(60_000)
    expectClosed(late, 'timeout.reply')
  })

  test('T7 a 230 inside it is a line like any other', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('234-x\r\n230 y\r\n')
    expect(talk.sentTo('client')).toBe('')
    talk.server('234 go\r\n')
    expect(talk.takeSentTo('client')).toBe('234-x\r\n 230 y\r\n234 go\r\n')
  })

  test('T28 login and set-up end with the 234', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.client('AUTH TLS\r\n')
    expect(talk.listening).toHaveLength(1)
    talk.server('234 ok\r\n')
    expect(talk.listening).toEqual([])
    expect(talk.recordsOf('pinhole.close')).toHaveLength(1)
  })

  test('T28 an unused data connection ends with the 234', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(`${HOSTS.C}:40100`)
    talk.client('AUTH TLS\r\n').server('234 ok\r\n')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
  })

  test('T28 a refused AUTH changes nothing', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.client('AUTH TLS\r\n').server('431 later\r\n')
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
    talk.client('RETR f\r\n').server('150 go\r\n226 done\r\n')
    expect(talk.sentTo('client')).toMatch(/431 later\r\n150 go\r\n226 done\r\n$/)
    talk.client('PASV\r\n').server(PASSIVE)
    expect(talk.listening).toHaveLength(1)
  })
})

describe('TLS where nobody asked for it', () => {
  test('T11 a ClientHello on a clear connection', () => {
    for (const talk of [greeted(), loggedIn()]) {
      talk.client('\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00')
      expect(talk.sentTo('server')).toBe('')
      expectClosed(talk, 'tls.unexpected')
    }
  })

  test('T12 a TLS record in place of a reply', () => {
    expectClosed(new Conversation().server('\x16\x03\x03\x00\x10'), 'reply.malformed')
    const talk = loggedIn().client('NOOP\r\n').server('\x16\x03\x03\x00\x10')
    expectClosed(talk, 'reply.malformed')
  })

  test('T12 also in place of the reply to AUTH', () => {
    const talk = greeted().client('AUTH TLS\r\n').server('\x16\x03\x03\x00\x10')
    expectClosed(talk, 'reply.malformed')
  })
})

test('the handshake must be done in time', () => {
  const talk = playSaid(new Conversation({ rules: [permit('control')] }), AUTH).advance(600_000)
  expectClosedSilently(talk, 'timeout.handshake')
})
