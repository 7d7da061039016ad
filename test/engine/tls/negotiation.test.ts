import { describe, expect, test } from 'vitest'
import { decodeClientHello } from '../../../src/engine/tls/client-hello.ts'
import { Negotiation } from '../../../src/engine/tls/negotiation.ts'
import { decodeServerHello } from '../../../src/engine/tls/server-hello.ts'
import {
  clientHelloBody,
  type ClientHelloFields,
  extension,
  RETRY_RANDOM,
  serverHelloBody,
  type ServerHelloFields,
  supportedVersions,
  u16,
} from './support/hello-bytes.ts'

const TLS13_OFFERED = supportedVersions(0x0304, 0x0303)
const TLS13_CHOSEN = extension(43, u16(0x0304))
const RETRY: ServerHelloFields = { random: RETRY_RANDOM, extensions: [TLS13_CHOSEN] }

function hear(negotiation: Negotiation, fields: ClientHelloFields): void {
  const hello = decodeClientHello(clientHelloBody(fields))
  if (hello.type === 'malformed') throw new Error(hello.problem)
  negotiation.clientHello(hello.value)
}

function answer(negotiation: Negotiation, fields: ServerHelloFields): boolean {
  const hello = decodeServerHello(serverHelloBody(fields))
  if (hello.type === 'malformed') throw new Error(hello.problem)
  return negotiation.serverHello(hello.value)
}

describe('Negotiation', () => {
  test('TLS 1.2: hello, hello, finished, finished', () => {
    const negotiation = new Negotiation()
    expect(negotiation.progress).toBe('none')
    hear(negotiation, {})
    expect(negotiation.progress).toBe('client-hello')
    expect(negotiation.changeCipherSpec('client')).toBe('unexpected')
    expect(answer(negotiation, {})).toBe(true)
    expect(negotiation.progress).toBe('server-hello')
    expect(negotiation.changeCipherSpec('client')).toBe('protects')
    expect(negotiation.applicationData('server')).toBe('unexpected')
    negotiation.finish('client')
    expect(negotiation.progress).toBe('server-hello')
    negotiation.finish('server')
    expect(negotiation.progress).toBe('established')
    negotiation.fail()
    expect(negotiation.progress).toBe('established')
    expect(negotiation.takeFacts().map((fact) => fact.type)).toEqual([
      'clientHello',
      'serverHello',
      'established',
    ])
    expect(negotiation.takeFacts()).toEqual([])
  })

  test('TLS 1.3: a change of cipher means nothing, application data protects', () => {
    const negotiation = new Negotiation()
    hear(negotiation, { extensions: [TLS13_OFFERED] })
    expect(negotiation.changeCipherSpec('client')).toBe('means nothing')
    expect(negotiation.changeCipherSpec('server')).toBe('unexpected')
    expect(negotiation.applicationData('client')).toBe('unexpected')
    answer(negotiation, { extensions: [TLS13_CHOSEN] })
    expect(negotiation.isTls13).toBe(true)
    expect(negotiation.changeCipherSpec('server')).toBe('means nothing')
    expect(negotiation.applicationData('client')).toBe('protects')
    expect(negotiation.expects('server', 11)).toBe(false)
  })

  test('after a HelloRetryRequest the client has the word, and the version is settled', () => {
    const negotiation = new Negotiation()
    hear(negotiation, { extensions: [TLS13_OFFERED, extension(42, new Uint8Array(0))] })
    expect(negotiation.applicationData('client')).toBe('early')
    answer(negotiation, RETRY)
    expect(negotiation.progress).toBe('client-hello')
    expect(negotiation.expects('server', 2)).toBe(false)
    expect(negotiation.expects('client', 1)).toBe(true)
    expect(negotiation.applicationData('client')).toBe('early')
    expect(negotiation.applicationData('server')).toBe('unexpected')
    hear(negotiation, { extensions: [TLS13_OFFERED] })
    expect(negotiation.expects('client', 1)).toBe(false)
    expect(negotiation.applicationData('client')).toBe('unexpected')
    expect(answer(negotiation, RETRY)).toBe(false)
    expect(answer(negotiation, {})).toBe(false)
    expect(answer(negotiation, { extensions: [TLS13_CHOSEN] })).toBe(true)
    expect(negotiation.progress).toBe('server-hello')
  })

  test('a session is resumed when the server repeats its id, or takes the key', () => {
    const isResumed = (client: ClientHelloFields, server: ServerHelloFields): boolean => {
      const negotiation = new Negotiation()
      hear(negotiation, client)
      answer(negotiation, server)
      negotiation.finish('server')
      negotiation.finish('client')
      const fact = negotiation.takeFacts().at(-1)
      if (fact?.type !== 'established') throw new Error('not established')
      return fact.isResumed
    }
    const sessionId = new Uint8Array(32).fill(3)
    const other = new Uint8Array(32).fill(4)
    expect(isResumed({}, {})).toBe(false)
    expect(isResumed({ sessionId }, { sessionId: other })).toBe(false)
    expect(isResumed({ sessionId }, { sessionId })).toBe(true)
    const offer = { sessionId, extensions: [TLS13_OFFERED] }
    const psk = extension(41, u16(0))
    expect(isResumed(offer, { sessionId, extensions: [TLS13_CHOSEN] })).toBe(false)
    expect(isResumed(offer, { sessionId, extensions: [TLS13_CHOSEN, psk] })).toBe(true)
  })
})
