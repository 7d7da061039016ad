/** What a session believes and allows as its protection changes. */
import { expect, test } from 'vitest'
import { Conversation } from '../../support/conversation.ts'
import { GSSAPI_OPTIONS, protectedSession, tokensAgreed } from '../../support/gssapi-dialogue.ts'
import { expectClosed, loggedIn } from '../hostile/expectations.ts'

const LONG = 'A'.repeat(5000)

test('lines may be as long as tokens while they carry some, and no longer', () => {
  const talk = tokensAgreed().client(`ADAT ${LONG}\r\n`).server(`335 ADAT=${LONG}\r\n`)
  expect(talk.takeSentTo('server')).toHaveLength(LONG.length + 7)
  expect(talk.takeSentTo('client')).toHaveLength(LONG.length + 11)
  expectClosed(
    talk.client('ADAT QQ==\r\n').server('535 no\r\n').client('NOOP\r\n').server(`200 ${LONG}\r\n`),
    'reply.too-long',
  )
})

test('an unused data connection does not outlive AUTH', () => {
  const talk = loggedIn(GSSAPI_OPTIONS)
  talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
  talk.connectData('198.51.100.10:40100')
  talk.client('AUTH GSSAPI\r\n').server('334 go\r\n')
  expect(talk.effectsOf('closeData')).toHaveLength(1)
})

test('a protected session is not asked to log in where nobody can see that it does', () => {
  const talk = protectedSession().advance(3 * 60_000)
  expect(talk.isClosed).toBe(false)
  expect(talk.reasons).not.toContain('timeout.login')
})

test('lines of the server behind its 234 end the session', () => {
  const talk = loggedIn().client('AUTH TLS\r\n').server('234 ok\r\n230 in\r\n')
  expect(talk.takeSentTo('client')).toBe('234 ok\r\n')
  expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'auth.reply-pipelined' }])
})

test('TLS after the greeting: nothing else may follow it, from either side', () => {
  const options = { listener: { tls: 'implicit-after-greeting' } } as const
  const server = new Conversation(options).server('220 x\r\n331 p\r\n')
  expect(server.sentTo('client')).toBe('220 x\r\n')
  expect(server.recordsOf('session.close')).toMatchObject([{ reason: 'tls.expected' }])
  const client = new Conversation(options).client('USER u\r\n').server('220 x\r\n')
  expect(client.sentTo('server')).toBe('')
  expect(client.recordsOf('session.close')).toMatchObject([{ reason: 'tls.expected' }])
})

test('under TLS no 421 is said: nobody would understand it', () => {
  const talk = loggedIn().client('AUTH TLS\r\n').server('234 ok\r\n')
  talk.takeSentTo('client')
  talk.client('USER u\r\n')
  expect(talk.sentTo('client')).toBe('')
  expect(talk.sentTo('server')).not.toContain('USER u')
  expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'tls.expected' }])
})
