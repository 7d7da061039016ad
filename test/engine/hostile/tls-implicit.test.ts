/** Hostile-peer cases T11, T12 and T25: listeners where TLS begins without AUTH. */
import { describe, expect, test } from 'vitest'
import type { ListenerTls } from '../../../src/engine/rules/ruleset.ts'
import { Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { ports } from '../../support/rules.ts'
import { playSaid, recordedCcc, saidBy, type Said, VERSIONS } from '../../support/tls-dialogue.ts'
import {
  alpn,
  applicationData,
  clientHello13,
  extension,
  record,
} from '../tls/support/hello-bytes.ts'
import { drip } from '../tls/support/observation.ts'
import { expectClosed, expectClosedSilently } from './expectations.ts'

function listener(tls: ListenerTls, more: ConversationOptions = {}): ConversationOptions {
  return { ...more, listener: { tls, serverPassivePorts: ports('40000-40099') } }
}

const UNCONNECTED = { unanswered: ['connectServer'] } as const

describe('implicit TLS', () => {
  test.each(VERSIONS)('a session under %s, and CCC', async (version) => {
    const said = await recordedCcc(version)
    const talk = playSaid(new Conversation(listener('implicit')), said)
    expect(talk.ranges).toHaveLength(1)
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
    expect(talk.recordsOf('channel.opaque')).toMatchObject([{ mechanism: 'implicit TLS' }])
    talk.client('EPSV\r\n').server('229 x (|||40000|)\r\n')
    expect(talk.sentTo('client')).toMatch(
      /229 Entering Extended Passive Mode \(\|\|\|50000\|\)\r\n$/,
    )
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
  })

  test('a client that is faster than the server leg loses nothing', async () => {
    const said = await recordedCcc('TLSv1.3')
    const [hello, ...rest] = said
    if (hello === undefined) throw new Error('nothing was said')
    for (const first of [[hello], drip([hello])]) {
      const talk = playSaid(new Conversation(listener('implicit', UNCONNECTED)), first)
      expect(talk.effectsOf('send')).toEqual([])
      talk.connected()
      expect(talk.sentTo('server')).toBe(saidBy([hello], 'client'))
      expect(playSaid(talk, rest).sentTo('server')).toBe(saidBy(said, 'client'))
    }
  })

  test('a client that sends early data without end before that', () => {
    const talk = new Conversation(listener('implicit', UNCONNECTED))
    talk.client(record(22, clientHello13(extension(42, new Uint8Array(0)))))
    for (let count = 0; count < 8; count++) talk.client(applicationData(16_000))
    expect(talk.isClosed).toBe(false)
    talk.client(applicationData(16_000))
    expect(talk.effectsOf('send')).toEqual([])
    expectClosedSilently(talk, 'tls.limit')
  })

  test.each(['USER u\r\n', 'AUTH TLS\r\n', 'GET / HTTP/1.1\r\n'])(
    'T25 a client that begins in clear: %j',
    (line) => {
      const talk = new Conversation(listener('implicit')).client(line)
      expect(talk.sentTo('server')).toBe('')
      expectClosedSilently(talk, 'tls.expected')
    },
  )

  test.each(['220 hello\r\n', '\x16\x03\x03\x00\x10'])('T25 a server that begins: %j', (line) => {
    const talk = new Conversation(listener('implicit')).server(line)
    expect(talk.sentTo('client')).toBe('')
    expectClosedSilently(talk, 'tls.expected')
  })

  test('T24 the hello of a browser', () => {
    const talk = new Conversation(listener('implicit'))
    talk.client(record(22, clientHello13(alpn('h2', 'http/1.1'))))
    expect(talk.sentTo('server')).toBe('')
    expectClosedSilently(talk, 'tls.alpn')
  })

  test('a client that never says hello', () => {
    const talk = new Conversation(listener('implicit')).advance(600_000)
    expectClosedSilently(talk, 'timeout.handshake')
  })
})

describe('TLS after a clear greeting', () => {
  test.each(VERSIONS)('a session under %s', async (version) => {
    const said = await recordedCcc(version)
    const talk = new Conversation(listener('implicit-after-greeting')).server('220 x\r\n')
    expect(playSaid(talk, said).ranges).toHaveLength(1)
    expect(talk.sentTo('client')).toBe(`220 x\r\n${saidBy(said, 'server')}`)
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expect(talk.advance(200_000).isClosed).toBe(false)
  })

  test('a client that speaks FTP', () => {
    const talk = new Conversation(listener('implicit-after-greeting')).server('220 x\r\n')
    talk.client('USER u\r\n')
    expect(talk.sentTo('server')).toBe('')
    expectClosedSilently(talk, 'tls.expected')
  })

  test('a client that did so before the greeting', () => {
    const talk = new Conversation(listener('implicit-after-greeting')).client('USER u\r\n')
    talk.server('220 x\r\n')
    expect(talk.sentTo('server')).toBe('')
    expectClosedSilently(talk, 'tls.expected')
  })

  test('TLS before the greeting', () => {
    const talk = new Conversation(listener('implicit-after-greeting')).client('\x16\x03\x01')
    expectClosed(talk, 'tls.unexpected')
  })

  test.each([
    ['in one segment', ['220 x\r\n230 in\r\n']],
    ['in two', ['220 x\r\n', '230 in\r\n']],
  ])('a server that says more than its greeting, %s', (_, segments) => {
    const talk = new Conversation(listener('implicit-after-greeting'))
    for (const segment of segments) talk.server(segment)
    expect(talk.sentTo('client')).toBe('220 x\r\n')
    expectClosedSilently(talk, 'tls.expected')
  })

  test('a client that never says hello', () => {
    const talk = new Conversation(listener('implicit-after-greeting')).server('220 x\r\n')
    expectClosedSilently(talk.advance(600_000), 'timeout.handshake')
  })
})

describe('T25 nothing is translated', () => {
  test('an explicit listener does not take implicit TLS', async () => {
    const said: readonly Said[] = (await recordedCcc('TLSv1.3')).slice(0, 1)
    const talk = playSaid(new Conversation(listener('explicit')).server('220 x\r\n'), said)
    expect(talk.sentTo('server')).toBe('')
    expectClosed(talk, 'tls.unexpected')
  })
})
