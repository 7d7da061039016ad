/** Hostile-peer cases T8 to T10, T13, T14, T24, T25, T27, T29 and T30: what passes as TLS. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LineFramer } from '../../../src/engine/ftp/line.ts'
import { ReplyAssembler } from '../../../src/engine/ftp/reply.ts'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import {
  RANGE_OPTIONS,
  recordedCcc,
  saidBy,
  type Said,
  text,
  underTls,
  VERSIONS,
} from '../../support/tls-dialogue.ts'
import { EC_FINGERPRINT, EC_IDENTITY } from '../tls/support/identities.ts'
import { ESTABLISHED_12, ESTABLISHED_13, HELLO_12 } from '../tls/support/hand-made.ts'
import {
  alpn,
  applicationData,
  bytes,
  CHANGE_CIPHER_SPEC,
  clientHello,
  clientHello13,
  concat,
  extension,
  record,
  records,
  serverHello,
  serverName,
} from '../tls/support/hello-bytes.ts'
import { recordTls } from '../tls/support/recording.ts'
import { expectClosedSilently } from './expectations.ts'

const ESTABLISHED = [
  ['TLS 1.2', ESTABLISHED_12],
  ['TLS 1.3', ESTABLISHED_13],
] as const

function client(...parts: readonly Uint8Array[]): Said {
  return { side: 'client', bytes: concat(...parts) }
}

function server(...parts: readonly Uint8Array[]): Said {
  return { side: 'server', bytes: concat(...parts) }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('handshakes that are none', () => {
  test('T8 a made-up ClientHello and a PORT behind it', () => {
    const talk = underTls([
      client(bytes('16 03 01 00 05 01 00 00 01 00')),
      text('client', 'PORT 10,0,0,66,0,22\r\n'),
    ])
    expect(talk.sentTo('server')).toBe('')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.ranges).toEqual([])
    expectClosedSilently(talk, 'tls.handshake')
  })

  test.each([1, 2, 3])('T8 clear text when %i flights have been sent', (flights) => {
    const said = ESTABLISHED_12.slice(0, flights)
    const talk = underTls([...said, text('client', 'PORT 10,0,0,66,0,22\r\n')])
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expect(talk.ranges).toEqual([])
    expectClosedSilently(talk, 'tls.framing')
  })

  test.each(['USER u\r\n', 'PORT 10,0,0,66,0,22\r\n', 'GET / HTTP/1.1\r\n', '\r\n'])(
    'T9 no ClientHello at all: %j',
    (line) => {
      const talk = underTls([text('client', line)])
      expect(talk.sentTo('server')).toBe('')
      expectClosedSilently(talk, 'tls.expected')
    },
  )

  test.each(['client', 'server'] as const)('T10 %s talks on in clear after a failure', (side) => {
    const alert = server(bytes('15 03 03 00 02 02 28'))
    const talk = underTls([...HELLO_12, alert])
    expect(talk.recordsOf('tls.alert')).toMatchObject([
      { side: 'server', level: 'fatal', name: 'handshake_failure' },
    ])
    talk.takeSentTo('server')
    talk.takeSentTo('client')
    talk[side](side === 'client' ? 'USER u\r\n' : '500 what?\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.sentTo('client')).toBe('')
    expectClosedSilently(talk, 'tls.fallback')
  })

  test('T10 a failed handshake opens nothing, and does not last', () => {
    const talk = underTls([...HELLO_12, server(bytes('15 03 03 00 02 02 28'))])
    expect(talk.ranges).toEqual([])
    expectClosedSilently(talk.advance(600_000), 'timeout.handshake')
  })
})

describe('records that are none', () => {
  test.each([
    ['a length that no record has', '17 03 03 ff ff'],
    ['a length that no record of this version has', '17 03 03 48 01'],
    ['an unknown version', '17 05 05 00 10'],
    ['a heartbeat', '18 03 03 00 03 01 40 00'],
    ['a hello of SSL 2.0', '80 2e 01 00 02'],
    ['an empty alert', '15 03 03 00 00'],
  ])('T13 %s', (_, hex) => {
    for (const side of ['client', 'server'] as const)
      for (const [, said] of ESTABLISHED) {
        const talk = underTls([...said, { side, bytes: bytes(hex) }])
        expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
        expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
        expectClosedSilently(talk, 'tls.framing')
      }
  })

  test('T13 empty records for ever', () => {
    const talk = underTls(ESTABLISHED_13)
    for (let count = 0; count < 40; count++) talk.client(bytes('17 03 03 00 00'))
    expectClosedSilently(talk, 'tls.framing')
  })

  test.each(ESTABLISHED)('T14 a command inside a record of %s', (_, said) => {
    const hidden = record(23, Buffer.from('x\r\nPORT 10,0,0,66,0,22\r\n227 x (10,0,0,66,0,22)\r\n'))
    const talk = underTls([...said, client(hidden), server(hidden)])
    expect(talk.sentTo('server')).toBe(saidBy([...said, client(hidden)], 'client'))
    expect(talk.sentTo('client')).toBe(saidBy([...said, server(hidden)], 'server'))
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.isClosed).toBe(false)
  })

  test('T29 records of every type after the handshake are just records', () => {
    for (const [, said] of ESTABLISHED) {
      const odd = [20, 21, 22, 23].map((type) => record(type, new Uint8Array(40).fill(0xa5)))
      const talk = underTls(said)
      for (let count = 0; count < 5; count++) talk.client(concat(...odd)).server(concat(...odd))
      expect(talk.recordsOf('channel.opaque')).toHaveLength(1)
      expect(talk.recordsOf('channel.clear')).toEqual([])
      expect(talk.ranges).toHaveLength(1)
      expect(talk.isClosed).toBe(false)
    }
  })
})

describe('hellos', () => {
  test.each([
    ['T24', alpn('h2', 'http/1.1'), 'tls.alpn'],
    ['T25', alpn('http/1.1'), 'tls.alpn'],
    ['T24', alpn('ftp'), undefined],
    ['T24', alpn('h2', 'ftp'), undefined],
    ['T24', serverName('www.example'), undefined],
  ])('%s a ClientHello by default: %#', (_, part, reason) => {
    const hello = client(record(22, clientHello13(part)))
    const talk = underTls([hello])
    expect(talk.sentTo('server')).toBe(reason === undefined ? saidBy([hello], 'client') : '')
    if (reason === undefined) expect(talk.isClosed).toBe(false)
    else expectClosedSilently(talk, reason)
  })

  test('T24 the names and ciphers that a profile demands', () => {
    const { tls } = DEFAULTS.profile
    const named = { profile: { tls: { ...tls, serverNames: ['*.example'] } } }
    const hello = (name: string): Said => client(record(22, clientHello13(serverName(name))))
    expectClosedSilently(underTls([hello('www.test')], named), 'tls.server-name')
    expect(underTls([hello('ftp.example')], named).isClosed).toBe(false)
    const modern = { profile: { tls: { ...tls, minVersion: 'TLS1.3' } } } as const
    expectClosedSilently(underTls(HELLO_12, modern), 'tls.version')
    const noNull = underTls([...HELLO_12, server(record(22, serverHello({ suite: 0x003b })))])
    expect(noNull.sentTo('client')).toBe('')
    expectClosedSilently(noNull, 'tls.cipher')
  })

  test('T30 early data, and a hello of several records', () => {
    const early = client(
      record(22, clientHello13(extension(42, new Uint8Array(0)))),
      CHANGE_CIPHER_SPEC,
      applicationData(500),
    )
    expect(underTls([early]).sentTo('server')).toBe(saidBy([early], 'client'))
    const large = clientHello13(extension(0x1234, new Uint8Array(20_000)))
    const cut = client(records(22, large, 4000))
    expect(underTls([cut]).sentTo('server')).toBe(saidBy([cut], 'client'))
  })

  test('T30 a hello larger than the limit', () => {
    const talk = underTls([])
    const huge = concat(Uint8Array.of(1, 0x02, 0, 0), new Uint8Array(100_000))
    talk.client(records(22, huge, 16_000))
    expect(talk.sentTo('server')).toBe('')
    expectClosedSilently(talk, 'tls.limit')
  })

  test('T8 a hello that is no hello', () => {
    expectClosedSilently(
      underTls([client(record(22, clientHello().subarray(0, 9)), CHANGE_CIPHER_SPEC)]),
      'tls.handshake',
    )
  })
})

describe.each(VERSIONS)('a real session under %s', (version) => {
  test('T27 nobody parses what cannot be read', async () => {
    const said = await recordedCcc(version)
    const talk = underTls([])
    const push = vi.spyOn(LineFramer.prototype, 'push')
    const next = vi.spyOn(LineFramer.prototype, 'next')
    const take = vi.spyOn(ReplyAssembler.prototype, 'take')
    for (const { side, bytes: some } of said) talk[side](some)
    expect(push).not.toHaveBeenCalled()
    expect(next).not.toHaveBeenCalled()
    expect(take).not.toHaveBeenCalled()
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
    expect(talk.effectsOf('openPinhole')).toEqual([])
    talk.client('NOOP\r\n')
    expect(push).toHaveBeenCalledOnce()
  })

  test('T15 its records', async () => {
    const talk = underTls(await recordedCcc(version))
      .client('NOOP\r\n')
      .server('200 ok\r\n')
    const hellos = talk.recordsOf('tls.hello')
    expect(hellos.map(({ side }) => side)).toEqual(['client', 'server'])
    const name = version.replace('v', ' ')
    expect(hellos[1]?.versions).toEqual([name])
    expect(hellos[1]?.ciphers).toHaveLength(1)
    const certificates = talk.recordsOf('tls.certificate').map(({ fingerprint }) => fingerprint)
    expect(certificates).toEqual(version === 'TLSv1.2' ? [EC_FINGERPRINT] : [])
    expect(talk.recordsOf('channel.opaque')).toMatchObject([
      { mechanism: 'TLS', version: name, cipher: hellos[1]?.ciphers[0], resumed: false },
    ])
    expect(talk.recordsOf('channel.clear').map(({ side }) => side)).toEqual(['client', 'server'])
    expect(talk.recordsOf('control.reply').some(({ text: told }) => told.includes('clear'))).toBe(
      false,
    )
  })

  test('a violation is not answered in clear', async () => {
    const said = await recordedCcc(version)
    const talk = underTls(said, RANGE_OPTIONS).advance(100_000_000)
    expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
    expectClosedSilently(talk, 'timeout.idle')
  })
})

test('T30 a long hello of a real client in many segments', async () => {
  const { said } = await recordTls({
    identity: EC_IDENTITY,
    client: {
      ALPNProtocols: ['ftp', ...Array.from({ length: 60 }, (_, n) => `${'x'.repeat(200)}${n}`)],
    },
  })
  const drip = said.flatMap(({ side, bytes: some }) =>
    Array.from({ length: Math.ceil(some.length / 100) }, (_, part) => ({
      side,
      bytes: some.subarray(part * 100, part * 100 + 100),
    })),
  )
  const talk = underTls(drip)
  expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
  expect(talk.recordsOf('channel.opaque')).toHaveLength(1)
})
