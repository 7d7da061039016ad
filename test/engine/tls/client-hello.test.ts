import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ClientHello, decodeClientHello } from '../../../src/engine/tls/client-hello.ts'
import { observe, drip, fromClient } from './support/observation.ts'
import {
  alpn,
  bytes,
  clientHello13,
  clientHelloBody,
  type ClientHelloFields,
  concat,
  extension,
  records,
  serverName,
  supportedVersions,
  u16,
  vector16,
} from './support/hello-bytes.ts'

function decode(fields: ClientHelloFields): ClientHello {
  const decoded = decodeClientHello(clientHelloBody(fields))
  if (decoded.type === 'malformed') throw new Error(decoded.problem)
  return decoded.value
}

function problemOf(body: Uint8Array): string | undefined {
  const decoded = decodeClientHello(body)
  return decoded.type === 'malformed' ? decoded.problem : undefined
}

const problemWith = (...extensions: readonly Uint8Array[]): string | undefined =>
  problemOf(clientHelloBody({ extensions }))

/** X25519MLKEM768: a key share of 1216 bytes. */
const POST_QUANTUM_SHARE = extension(51, vector16(u16(0x11ec), vector16(new Uint8Array(1216))))

describe('decodeClientHello', () => {
  test('a hello without extensions offers its own version and nothing else', () => {
    expect(decode({ version: 0x0301, suites: [0x002f, 0x0005] })).toEqual({
      legacyVersion: 0x0301,
      versions: [0x0301],
      cipherSuites: [0x002f, 0x0005],
      sessionId: new Uint8Array(0),
      resumption: 'none',
      hasEarlyData: false,
      hasEncryptedHello: false,
      hasRenegotiationScsv: false,
      hasFallbackScsv: false,
    })
  })

  test('reads all that it names', () => {
    const hello = decode({
      extensions: [
        serverName('FTP.Example'),
        alpn('ftp', 'x\n'),
        supportedVersions(0x0304, 0x0303),
        extension(42, bytes('')),
        extension(0xfe0d, bytes('00')),
      ],
    })
    expect(hello.serverName).toEqual({ text: 'ftp.example', isHostName: true })
    expect(hello.alpn).toEqual(['ftp', 'x\\x0a'])
    expect(hello.versions).toEqual([0x0304, 0x0303])
    expect(hello).toMatchObject({ hasEarlyData: true, hasEncryptedHello: true })
  })

  test('leaves GREASE and signals out of the lists', () => {
    const hello = decode({
      suites: [0x3a3a, 0x1301, 0x00ff, 0x5600],
      extensions: [
        supportedVersions(0xfafa, 0x0304),
        extension(0x1a1a, bytes('')),
        extension(16, bytes('00 07 02 8a 8a 03 66 74 70')),
      ],
    })
    expect(hello.cipherSuites).toEqual([0x1301])
    expect(hello.versions).toEqual([0x0304])
    expect(hello.alpn).toEqual(['ftp'])
    expect(hello).toMatchObject({ hasRenegotiationScsv: true, hasFallbackScsv: true })
  })

  test('a version above 1.2 is only offered in the extension', () => {
    expect(decode({ version: 0x0304 }).versions).toEqual([0x0303])
  })

  test('tells by what an earlier session would be resumed', () => {
    const sessionId = new Uint8Array(32)
    const ticket = extension(35, bytes('aa'))
    const psk = extension(41, bytes('00'))
    const tls13 = supportedVersions(0x0304)
    const resumption = (fields: ClientHelloFields): string => decode(fields).resumption
    expect(resumption({ sessionId })).toBe('session-id')
    expect(resumption({ sessionId, extensions: [ticket] })).toBe('ticket')
    expect(resumption({ sessionId, extensions: [extension(35, bytes(''))] })).toBe('session-id')
    expect(resumption({ sessionId, extensions: [tls13] })).toBe('none')
    expect(resumption({ sessionId, extensions: [tls13, psk] })).toBe('psk')
  })

  test('T24 a list that can be read in two ways is malformed', () => {
    expect(problemWith(alpn('ftp'), alpn('h2'))).toBe('duplicate extension')
    expect(problemWith(serverName('a.example', 'b.example'))).toBe('server name')
    expect(problemWith(extension(16, bytes('00 04 03 66 74 70 00')))).toBe('alpn')
    expect(problemWith(extension(16, bytes('00 00')))).toBe('alpn')
    expect(problemWith(extension(16, bytes('00 01 00')))).toBe('alpn')
  })

  test('what is not a hello is malformed, and says where', () => {
    const whole = clientHelloBody({ extensions: [alpn('ftp')] })
    expect(problemOf(bytes(''))).toBe('truncated')
    expect(problemOf(bytes('00'))).toBe('truncated')
    expect(problemOf(concat(whole, bytes('00')))).toBe('extensions')
    expect(problemOf(clientHelloBody({ version: 0x0202 }))).toBe('version')
    expect(problemOf(clientHelloBody({ sessionId: new Uint8Array(33) }))).toBe('session id')
    expect(problemOf(clientHelloBody({ suites: [] }))).toBe('cipher suites')
    expect(problemWith(extension(43, bytes('03 03 04 03')))).toBe('supported versions')
    expect(problemWith(extension(43, bytes('02 03 04 00')))).toBe('supported versions')
    expect(problemWith(extension(43, bytes('00')))).toBe('supported versions')
    expect(problemWith(supportedVersions(0x0a0a))).toBe('supported versions')
    for (let length = 0; length < whole.length; length++)
      // Without extensions a hello ends after the compression methods.
      expect(problemOf(whole.subarray(0, length)) === undefined).toBe(length === 41 + 2)
  })

  test('T30 16 KB with a post-quantum key share, over many records and segments', () => {
    const padding = extension(21, new Uint8Array(17_000))
    const hello = clientHello13(POST_QUANTUM_SHARE, padding, alpn('ftp'))
    const said = fromClient(records(22, hello, 1000))
    expect(observe(said).facts).toMatchObject([{ type: 'clientHello', hello: { alpn: ['ftp'] } }])
    expect(observe(drip(said))).toEqual(observe(said))
  })

  test('T30 a hello above the limit is refused before it has come', () => {
    const claimed = fromClient(bytes('16 03 01 00 06 01 01 00 01 03 03'))
    expect(observe(claimed).violation).toEqual({
      side: 'client',
      reason: 'tls.limit',
      detail: 'message',
    })
  })

  test('any bytes are a hello or malformed, never an exception', () => {
    const valid = clientHelloBody({
      sessionId: new Uint8Array(32),
      extensions: [
        serverName('ftp.example'),
        alpn('ftp'),
        supportedVersions(0x0304),
        POST_QUANTUM_SHARE,
      ],
    })
    const mutation = fc.tuple(fc.nat(valid.length), fc.uint8Array({ maxLength: 3 }))
    fc.assert(
      fc.property(
        fc.array(mutation, { maxLength: 4 }),
        fc.nat(valid.length),
        fc.uint8Array({ maxLength: 4 }),
        (mutations, length, tail) => {
          const body = Uint8Array.from(valid)
          for (const [at, changed] of mutations)
            body.set(changed.subarray(0, valid.length - at), at)
          for (const candidate of [body, concat(body.subarray(0, length), tail), tail])
            expect(['complete', 'malformed']).toContain(decodeClientHello(candidate).type)
        },
      ),
    )
  })
})
