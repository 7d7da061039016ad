/** Attacks and oddities of the threat catalogue, part T, played against the observer. */
import { describe, expect, test } from 'vitest'
import type { TlsFact } from '../../../src/engine/tls/fact.ts'
import {
  applicationData,
  ascii,
  bytes,
  CHANGE_CIPHER_SPEC,
  clientHello,
  clientHello13,
  concat,
  extension,
  record,
  serverHello,
  serverHello13,
} from './support/hello-bytes.ts'
import { ESTABLISHED_12, ESTABLISHED_13, HELLO_12, HELLO_13 } from './support/hand-made.ts'
import {
  differing,
  drip,
  everyCut,
  fromClient,
  fromServer,
  observe,
  types,
} from './support/observation.ts'
import type { Said } from './support/recording.ts'

describe('hostile and odd peers', () => {
  test('hand-made handshakes are established', () => {
    expect(observe(ESTABLISHED_12).progress).toBe('established')
    expect(observe(ESTABLISHED_13).progress).toBe('established')
  })

  test('T8 a made-up ClientHello does not blind the observer', () => {
    const fake = bytes('16 03 01 00 05 01 00 00 01 00')
    const attack = fromClient(concat(fake, ascii('PORT 10,0,0,66,0,22\r\n')))
    expect(observe(attack)).toMatchObject({
      opaque: { client: '' },
      violation: { side: 'client', reason: 'tls.handshake', detail: 'client hello: truncated' },
    })
    expect(differing(attack, everyCut(attack))).toEqual([])
  })

  test('T8 clear text before both sides have finished is a violation', () => {
    const port = fromClient(ascii('PORT 10,0,0,66,0,22\r\n'))
    const reply = fromServer(ascii('227 ok\r\n'))
    const unfinished: readonly (readonly Said[])[] = [
      HELLO_12,
      ESTABLISHED_12.slice(0, 2),
      ESTABLISHED_12.slice(0, 3),
      [...ESTABLISHED_12.slice(0, 3), ...fromServer(CHANGE_CIPHER_SPEC)],
      HELLO_13,
      ESTABLISHED_13.slice(0, 3),
    ]
    for (const said of unfinished)
      for (const clear of [port, reply]) {
        const { violation } = observe([...said, ...clear])
        expect(violation?.reason).toMatch(/^tls\.(framing|expected)$/)
        expect(violation?.detail).toBe('clear text')
      }
  })

  test('T9 clear text instead of a ClientHello', () => {
    expect(observe(fromClient(ascii('USER u\r\n')))).toMatchObject({
      clear: { client: '' },
      opaque: { client: '' },
      violation: { side: 'client', reason: 'tls.expected', detail: 'clear text' },
    })
  })

  test('T2 T12 the server cannot speak first', () => {
    expect(observe(fromServer(record(22, serverHello()))).violation).toMatchObject({
      side: 'server',
      detail: 'server first',
    })
    expect(observe(fromServer(ascii('230 ok\r\n'))).violation).toMatchObject({
      side: 'server',
      reason: 'tls.expected',
    })
  })

  test('T10 clear text after a fatal alert is not taken for CCC', () => {
    const failed = [...HELLO_12, ...fromServer(bytes('15 03 03 00 02 02 28'))]
    const { facts, clear, violation } = observe([...failed, ...fromClient(ascii('USER u\r\n'))])
    expect(violation).toBeUndefined()
    expect(clear.client).toBe('USER u\r\n')
    expect(facts.slice(1)).toEqual([
      {
        type: 'alert',
        side: 'server',
        alert: { level: 'fatal', description: 40, name: 'handshake_failure', endsHandshake: true },
      },
      {
        type: 'clear',
        side: 'client',
        after: 'failed',
        hasCloseNotify: false,
        applicationRecords: { client: 0, server: 0 },
      },
    ])
  })

  test('T10 a failed handshake stays failed, whatever the peers pretend afterwards', () => {
    const [hello, ...rest] = ESTABLISHED_12
    if (hello === undefined) throw new Error('no hello')
    const said = [hello, ...fromServer(bytes('15 03 03 00 02 02 28')), ...rest]
    expect(observe(said).progress).toBe('failed')
    expect(types(observe(said).facts)).not.toContain('established')
  })

  test('T10 an encrypted alert instead of the client’s Finished does not establish TLS 1.3', () => {
    const said = [
      ...ESTABLISHED_13.slice(0, 3),
      ...fromClient(concat(CHANGE_CIPHER_SPEC, applicationData(19), ascii('USER u\r\n'))),
    ]
    expect(observe(said)).toMatchObject({
      progress: 'server-hello',
      violation: { side: 'client', reason: 'tls.framing', detail: 'clear text' },
    })
  })

  test('T10 an encrypted alert instead of the client’s Finished does not establish TLS 1.2', () => {
    const alert = record(21, new Uint8Array(26))
    const said = [...ESTABLISHED_12.slice(0, 2), ...fromClient(concat(CHANGE_CIPHER_SPEC, alert))]
    expect(observe([...said, ...ESTABLISHED_12.slice(3)]).progress).toBe('server-hello')
  })

  test('a close_notify in clear gives the handshake up; a warning does not', () => {
    const alert = (level: number, description: number): readonly Said[] =>
      fromServer(record(21, Uint8Array.of(level, description)))
    expect(observe([...HELLO_12, ...alert(1, 0)]).progress).toBe('failed')
    expect(observe([...HELLO_12, ...alert(1, 112)]).progress).toBe('client-hello')
  })

  test('alerts in clear have a limit', () => {
    const warnings = Array.from({ length: 9 }, () => record(21, Uint8Array.of(1, 112)))
    const { facts, violation } = observe([...HELLO_12, ...fromServer(...warnings)])
    expect(facts.filter((fact) => fact.type === 'alert')).toHaveLength(8)
    expect(violation).toMatchObject({ reason: 'tls.handshake', detail: 'alert' })
  })

  test('T13 records that are none, before and after the handshake', () => {
    const abuses: readonly [string, string][] = [
      ['17 03 03 ff ff', 'record length'],
      ['18 03 03 00 03 01 40 00', 'content type'],
      ['16 05 05 00 10', 'record version'],
      ['16 03 05 00 10', 'record version'],
      ['80 2e 01', 'content type'],
      ['16 03 03 00 00', 'empty record'],
    ]
    for (const [hex, detail] of abuses)
      for (const before of [[], ESTABLISHED_12, ESTABLISHED_13]) {
        const said = [...before, ...fromClient(bytes(hex))]
        expect(observe(said).violation).toMatchObject({ side: 'client', detail })
        expect(differing(said, [drip(said)])).toEqual([])
      }
  })

  test('T13 the longest record is that of the version', () => {
    const header = (length: number): readonly Said[] =>
      fromClient(Uint8Array.of(23, 3, 3, length >> 8, length & 0xff))
    const isViolation = (before: readonly Said[], length: number): boolean =>
      observe([...before, ...header(length)]).violation !== undefined
    expect(isViolation(ESTABLISHED_12, 2 ** 14 + 2048)).toBe(false)
    expect(isViolation(ESTABLISHED_12, 2 ** 14 + 2049)).toBe(true)
    expect(isViolation(ESTABLISHED_13, 2 ** 14 + 256)).toBe(false)
    expect(isViolation(ESTABLISHED_13, 2 ** 14 + 257)).toBe(true)
  })

  test('T13 the shorter limit of TLS 1.3 holds from the next byte on, also in the same segment', () => {
    const tooLong = Uint8Array.of(23, 3, 3, 0x41, 0x01)
    const said = [
      ...fromClient(record(22, clientHello13())),
      ...fromServer(concat(record(22, serverHello13()), tooLong)),
    ]
    expect(observe(said).violation?.detail).toBe('record length')
    expect(differing(said, everyCut(said))).toEqual([])
  })

  test('T13 empty records have a limit, and cost nothing up to it', () => {
    const empty = (count: number): readonly Said[] =>
      fromClient(...Array.from({ length: count }, () => applicationData(0)))
    expect(observe([...ESTABLISHED_12, ...empty(32)]).violation).toBeUndefined()
    expect(observe([...ESTABLISHED_12, ...empty(33)]).violation?.detail).toBe('empty record')
  })

  test('T14 text inside a record is not clear text', () => {
    const said = [
      ...ESTABLISHED_13,
      ...fromClient(record(23, ascii('\r\nPORT 10,0,0,66,0,22\r\n')), ascii('PASV\r\n')),
    ]
    expect(observe(said).clear.client).toBe('PASV\r\n')
    expect(differing(said, everyCut(said))).toEqual([])
  })

  test('T29 renegotiation and key updates are records like others', () => {
    const handshake = record(22, new Uint8Array(80).fill(1))
    const change = record(20, new Uint8Array(41).fill(1))
    const said = [...ESTABLISHED_12, ...fromServer(handshake), ...fromClient(handshake, change)]
    const observation = observe(said)
    expect(observation.facts).toEqual(observe(ESTABLISHED_12).facts)
    expect(observation).toMatchObject({ progress: 'established', clear: { client: '' } })
    expect(observe([...ESTABLISHED_13, ...fromServer(applicationData(22))]).facts).toEqual(
      observe(ESTABLISHED_13).facts,
    )
  })

  test('T30 early data may follow the ClientHello that announces it, also before a second one', () => {
    const early = fromClient(
      concat(
        record(22, clientHello13(extension(42, bytes('')))),
        CHANGE_CIPHER_SPEC,
        applicationData(80),
      ),
    )
    expect(observe(early)).toMatchObject({ progress: 'client-hello', clear: { client: '' } })
    expect(observe(early).violation).toBeUndefined()
    const unannounced = fromClient(concat(record(22, clientHello13()), applicationData(80)))
    expect(observe(unannounced).violation?.detail).toBe('application data')
    const afterwards = [...early, ...ESTABLISHED_13.slice(1)]
    expect(observe(afterwards)).toMatchObject({ progress: 'established' })
  })

  test('what comes out of order is a violation', () => {
    const hello = record(22, clientHello())
    const wrong: readonly (readonly Said[])[] = [
      fromClient(applicationData(30)),
      fromClient(CHANGE_CIPHER_SPEC),
      fromClient(record(22, serverHello())),
      fromClient(record(22, bytes('14 00 00 00'))),
      [...HELLO_12, ...fromClient(hello)],
      [...HELLO_12, ...fromClient(CHANGE_CIPHER_SPEC)],
      [...HELLO_12, ...fromClient(record(22, bytes('10 00 00 01 00')))],
      [...HELLO_12, ...fromServer(CHANGE_CIPHER_SPEC)],
      [...HELLO_12, ...fromServer(applicationData(30))],
      [...HELLO_12, ...fromServer(record(22, concat(serverHello(), serverHello())))],
      [...HELLO_12, ...fromServer(record(22, serverHello()), record(20, Uint8Array.of(2)))],
      [...HELLO_12, ...fromServer(record(22, serverHello()), record(20, Uint8Array.of(1, 1)))],
      [...HELLO_12, ...fromServer(record(22, serverHello()), applicationData(30))],
      [...HELLO_13, ...fromServer(record(22, bytes('0b 00 00 00')))],
    ]
    for (const said of wrong) {
      expect(observe(said).violation?.reason).toBe('tls.handshake')
      expect(differing(said, [drip(said)])).toEqual([])
    }
  })

  test('a message cannot go on behind a change of cipher, nor in application data', () => {
    const begun = bytes('0b 00 01')
    const wrong = [
      concat(record(22, serverHello().subarray(0, 20)), CHANGE_CIPHER_SPEC),
      concat(record(22, concat(serverHello(), begun)), CHANGE_CIPHER_SPEC),
    ]
    for (const said of wrong)
      expect(observe([...HELLO_12, ...fromServer(said)]).violation?.detail).toBe('change of cipher')
    const said = [...HELLO_13, ...fromServer(record(22, begun), applicationData(60))]
    expect(observe(said).violation?.detail).toBe('application data')
  })

  test('an alert may stand between the records of a message', () => {
    const hello = serverHello()
    const warning = record(21, Uint8Array.of(1, 112))
    const said = [
      ...HELLO_12,
      ...fromServer(
        concat(record(22, hello.subarray(0, 9)), warning, record(22, hello.subarray(9))),
      ),
    ]
    expect(types(observe(said).facts).slice(1)).toEqual(['alert server', 'serverHello server'])
  })

  test('a certificate that nobody can read is a fact, and a second one a violation', () => {
    const junk = bytes('0b 00 00 07 00 00 04 00 00 01 ff')
    const none = bytes('0b 00 00 03 00 00 00')
    const cut = bytes('0b 00 00 02 00 00')
    const begin = [...HELLO_12, ...fromServer(record(22, serverHello()))]
    const facts = (body: Uint8Array): readonly TlsFact[] =>
      observe([...begin, ...fromServer(record(22, body))]).facts.slice(2)
    expect(facts(junk)).toMatchObject([
      { type: 'certificate', chainLength: 1, certificate: { problem: 'encoding' } },
    ])
    expect(facts(cut)).toMatchObject([{ chainLength: 0, certificate: { problem: 'chain' } }])
    expect(facts(none)).toEqual([])
    const twice = [...begin, ...fromServer(record(22, concat(junk, junk)))]
    expect(observe(twice).violation?.detail).toBe('order of messages')
  })
})
