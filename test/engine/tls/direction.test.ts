import { describe, expect, test } from 'vitest'
import { Direction } from '../../../src/engine/tls/direction.ts'
import type { TlsProblem } from '../../../src/engine/tls/fact.ts'
import { TLS_LIMITS } from '../../../src/engine/tls/limits.ts'
import { Negotiation } from '../../../src/engine/tls/negotiation.ts'
import { BODY_BYTES_MAX, BODY_BYTES_MAX_1_3 } from '../../../src/engine/tls/record.ts'
import { malformed } from '../../../src/net/parsed.ts'
import {
  bytes,
  clientHello,
  clientHello13,
  extension,
  message,
  RETRY_RANDOM,
  serverHello,
  serverHello13,
} from './support/hello-bytes.ts'

function directions(): { negotiation: Negotiation; client: Direction; server: Direction } {
  const negotiation = new Negotiation()
  return {
    negotiation,
    client: new Direction('client', negotiation, TLS_LIMITS),
    server: new Direction('server', negotiation, TLS_LIMITS),
  }
}

function say(direction: Direction, contentType: 20 | 21 | 22 | 23, body: Uint8Array): unknown {
  return (
    direction.startRecord({ contentType, length: body.length }) ?? direction.readBody(body, true)
  )
}

function handshake(detail: string): TlsProblem {
  return { reason: 'tls.handshake', detail }
}

const CHANGE = Uint8Array.of(1)

describe('Direction', () => {
  test('reads what is in clear and nothing after it', () => {
    const { negotiation, client, server } = directions()
    expect(say(client, 22, clientHello())).toBeUndefined()
    expect(say(server, 22, serverHello())).toBeUndefined()
    expect(say(server, 20, CHANGE)).toBeUndefined()
    expect(negotiation.takeFacts()).toHaveLength(2)
    // What would be another ServerHello, and an alert, is encrypted now.
    expect(say(server, 22, serverHello())).toBeUndefined()
    expect(say(server, 21, new Uint8Array(26))).toBeUndefined()
    expect(negotiation.takeFacts()).toEqual([])
    expect(server.endedWithCloseNotify).toBe(true)
  })

  test('records get shorter with TLS 1.3, in both directions', () => {
    const { client, server } = directions()
    say(client, 22, clientHello13())
    expect(client.bodyBytesMax).toBe(BODY_BYTES_MAX)
    say(server, 22, serverHello13())
    expect([client.bodyBytesMax, server.bodyBytesMax]).toEqual([
      BODY_BYTES_MAX_1_3,
      BODY_BYTES_MAX_1_3,
    ])
  })

  test('a Finished of TLS 1.3 is no shorter than a hash', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello13())
    say(server, 22, serverHello13())
    for (const length of [11, 19, 44]) say(client, 23, new Uint8Array(length))
    expect(negotiation.hasFinished('client')).toBe(false)
    say(client, 23, new Uint8Array(45))
    expect(negotiation.hasFinished('client')).toBe(true)
    expect(client.endedWithCloseNotify).toBe(false)
    say(client, 23, new Uint8Array(19))
    expect(negotiation.applicationRecords.client).toBe(1)
    expect(client.endedWithCloseNotify).toBe(true)
  })

  test('a Finished of TLS 1.3 is application data, and so is what looks like close_notify', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello13())
    say(server, 22, serverHello13())
    say(client, 23, new Uint8Array(19))
    expect(client.endedWithCloseNotify).toBe(true)
    say(client, 22, new Uint8Array(50))
    expect(negotiation.hasFinished('client')).toBe(false)
    say(client, 22, new Uint8Array(19))
    expect(client.endedWithCloseNotify).toBe(false)
  })

  test('only records of application data are counted, and only after the Finished', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello())
    say(server, 22, serverHello())
    say(server, 20, CHANGE)
    say(server, 22, new Uint8Array(40))
    expect(negotiation.hasFinished('server')).toBe(true)
    say(server, 21, new Uint8Array(26))
    expect(negotiation.applicationRecords.server).toBe(0)
    say(server, 23, new Uint8Array(26))
    expect(negotiation.applicationRecords.server).toBe(1)
  })

  test('T30 after early data the client still speaks in clear', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello13(extension(42, new Uint8Array(0))))
    expect(say(client, 23, new Uint8Array(50))).toBeUndefined()
    say(server, 22, serverHello13({ random: RETRY_RANDOM }))
    negotiation.takeFacts()
    expect(say(client, 22, clientHello13())).toBeUndefined()
    expect(negotiation.takeFacts()).toMatchObject([{ type: 'clientHello' }])
  })

  test('T30 a message that claims too much is refused at its header', () => {
    const { client } = directions()
    expect(say(client, 22, bytes('01 ff ff ff'))).toEqual({
      reason: 'tls.limit',
      detail: 'message',
    })
  })

  test('an alert that is cut is kept until it is whole', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello())
    server.startRecord({ contentType: 21, length: 2 })
    expect(server.readBody(Uint8Array.of(2), false)).toBeUndefined()
    expect(server.bufferedBytes).toBe(1)
    expect(server.readBody(Uint8Array.of(40), true)).toBeUndefined()
    expect(server.bufferedBytes).toBe(0)
    expect(negotiation.progress).toBe('failed')
  })

  test('an alert has two bytes, and a level', () => {
    const { client } = directions()
    for (const body of ['02', '02 28 00', '03 28'])
      expect(say(client, 21, bytes(body))).toEqual(handshake('alert'))
  })

  test('a change of cipher is one byte, which is 1', () => {
    for (const body of ['02', '01 01']) {
      const { client, server } = directions()
      say(client, 22, clientHello())
      say(server, 22, serverHello())
      expect(say(server, 20, bytes(body))).toEqual(handshake('change of cipher'))
    }
  })

  test('the server does not begin', () => {
    const { server } = directions()
    expect(say(server, 22, serverHello())).toEqual(handshake('server first'))
  })

  test('a second hello has its place after a HelloRetryRequest alone, and that comes once', () => {
    const { client, server } = directions()
    const retry = serverHello13({ random: RETRY_RANDOM })
    expect(say(client, 22, clientHello13())).toBeUndefined()
    expect(say(client, 22, clientHello13())).toEqual(handshake('order of messages'))
    expect(say(server, 22, retry)).toBeUndefined()
    expect(say(client, 22, clientHello13())).toBeUndefined()
    expect(say(server, 22, retry)).toEqual(handshake('order of messages'))
  })

  test('what is wrong with a hello is told', () => {
    const { client, server } = directions()
    expect(say(client, 22, message(1, bytes('03')))).toEqual(handshake('client hello: truncated'))
    say(client, 22, clientHello())
    expect(say(server, 22, message(2, bytes('03')))).toEqual(handshake('server hello: truncated'))
  })

  test('a list of certificates comes once, and is a fact even where nobody can read it', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello())
    say(server, 22, serverHello())
    negotiation.takeFacts()
    const cut = bytes('0b 00 00 02 00 00')
    expect(say(server, 22, cut)).toBeUndefined()
    expect(negotiation.takeFacts()).toEqual([
      { type: 'certificate', side: 'server', chainLength: 0, certificate: malformed('chain') },
    ])
    expect(say(server, 22, cut)).toEqual(handshake('order of messages'))
  })
})
