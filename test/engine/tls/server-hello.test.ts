import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeServerHello } from '../../../src/engine/tls/server-hello.ts'
import {
  alpn,
  bytes,
  concat,
  extension,
  RETRY_RANDOM,
  serverHelloBody,
  type ServerHelloFields,
  u16,
} from './support/hello-bytes.ts'

const selected = (version: number): Uint8Array => extension(43, u16(version))

function problemOf(fields: ServerHelloFields): string | undefined {
  const decoded = decodeServerHello(serverHelloBody(fields))
  return decoded.type === 'malformed' ? decoded.problem : undefined
}

describe('decodeServerHello', () => {
  test('up to TLS 1.2 the version stands in the old field, and ALPN is in clear', () => {
    const sessionId = new Uint8Array(32).fill(9)
    const body = serverHelloBody({ sessionId, suite: 0xc030, extensions: [alpn('ftp')] })
    expect(decodeServerHello(body)).toEqual({
      type: 'complete',
      value: {
        version: 0x0303,
        cipherSuite: 0xc030,
        isHelloRetryRequest: false,
        alpn: 'ftp',
        sessionId,
        hasPreSharedKey: false,
      },
    })
    expect(decodeServerHello(serverHelloBody({ version: 0x0300 }))).toMatchObject({
      value: { version: 0x0300 },
    })
  })

  test('TLS 1.3 stands in the extension', () => {
    const body = serverHelloBody({ extensions: [selected(0x0304), extension(41, bytes('00 00'))] })
    expect(decodeServerHello(body)).toMatchObject({
      value: { version: 0x0304, hasPreSharedKey: true, isHelloRetryRequest: false },
    })
  })

  test('knows a HelloRetryRequest by its random', () => {
    const body = serverHelloBody({ random: RETRY_RANDOM, extensions: [selected(0x0304)] })
    expect(decodeServerHello(body)).toMatchObject({ value: { isHelloRetryRequest: true } })
    expect(problemOf({ random: RETRY_RANDOM })).toBe('version')
  })

  test('a version that two readers could read differently is malformed', () => {
    expect(problemOf({ version: 0x0304 })).toBe('version')
    expect(problemOf({ version: 0x02ff })).toBe('version')
    expect(problemOf({ extensions: [selected(0x0303)] })).toBe('version')
    expect(problemOf({ extensions: [selected(0x0305)] })).toBe('version')
    expect(problemOf({ version: 0x0301, extensions: [selected(0x0304)] })).toBe('version')
    expect(problemOf({ extensions: [extension(43, bytes('03 04 03'))] })).toBe('version')
    expect(problemOf({ extensions: [selected(0x0304), selected(0x0304)] })).toBe(
      'duplicate extension',
    )
  })

  test('the server names one protocol', () => {
    expect(problemOf({ extensions: [alpn('ftp', 'h2')] })).toBe('alpn')
    expect(problemOf({ extensions: [alpn()] })).toBe('alpn')
  })

  test('what is not a hello is malformed', () => {
    expect(problemOf({ sessionId: new Uint8Array(33) })).toBe('session id')
    const whole = serverHelloBody({ extensions: [alpn('ftp')] })
    const isComplete = (body: Uint8Array): boolean => decodeServerHello(body).type === 'complete'
    expect(isComplete(concat(whole, bytes('00')))).toBe(false)
    for (let length = 0; length < whole.length; length++)
      // Without extensions a hello ends after the compression method.
      expect(isComplete(whole.subarray(0, length))).toBe(length === 38)
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        expect(['complete', 'malformed']).toContain(decodeServerHello(body).type)
      }),
    )
  })
})
