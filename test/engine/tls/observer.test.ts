import { Buffer } from 'node:buffer'
import { beforeAll, describe, expect, test } from 'vitest'
import { cipherSuiteName } from '../../../src/engine/tls/cipher-suites.ts'
import { TlsObserver } from '../../../src/engine/tls/observer.ts'
import {
  applicationData,
  ascii,
  clientHello13,
  record,
  serverHello,
  alpn,
} from './support/hello-bytes.ts'
import { ESTABLISHED_12 } from './support/hand-made.ts'
import { EC_FINGERPRINT, EC_IDENTITY, rsaIdentity } from './support/identities.ts'
import {
  cutAt,
  differing,
  drip,
  everyCut,
  fromClient,
  observe,
  only,
  types,
} from './support/observation.ts'
import {
  bytesOf,
  type Recording,
  recordTls,
  type Said,
  serverContext,
  thenClear,
} from './support/recording.ts'

describe('a real session of TLS 1.2', () => {
  let recording: Recording
  beforeAll(async () => {
    recording = await recordTls({
      identity: EC_IDENTITY,
      version: 'TLSv1.2',
      server: { ALPNProtocols: ['ftp'] },
      client: { servername: 'FTP.example', ALPNProtocols: ['ftp'] },
    })
  })

  test('is told in hellos, certificate and established, and passed on untouched', () => {
    const { facts, opaque, clear, violation } = observe(recording.said)
    expect(types(facts)).toEqual([
      'clientHello client',
      'serverHello server',
      'certificate server',
      'established',
    ])
    expect(violation).toBeUndefined()
    expect(opaque.client).toBe(bytesOf(recording.said, 'client').toString('latin1'))
    expect(opaque.server).toBe(bytesOf(recording.said, 'server').toString('latin1'))
    expect(clear).toEqual({ client: '', server: '' })
  })

  test('names server, protocol, cipher suite and certificate', () => {
    const { facts } = observe(recording.said)
    const client = only(facts, 'clientHello').hello
    expect(client.serverName).toEqual({ text: 'ftp.example', isHostName: true })
    expect(client.alpn).toEqual(['ftp'])
    expect(client.versions).toEqual([0x0303])
    expect(client.hasRenegotiationScsv).toBe(true)
    const server = only(facts, 'serverHello').hello
    expect(server).toMatchObject({ version: 0x0303, alpn: 'ftp', isHelloRetryRequest: false })
    expect(cipherSuiteName(server.cipherSuite)).toMatch(/^TLS_ECDHE_ECDSA_WITH_/)
    expect(only(facts, 'certificate')).toMatchObject({
      side: 'server',
      chainLength: 1,
      certificate: { type: 'complete', value: { fingerprint: EC_FINGERPRINT } },
    })
    expect(only(facts, 'established')).toEqual({
      type: 'established',
      version: 0x0303,
      cipherSuite: server.cipherSuite,
      isResumed: false,
    })
  })

  test('T15 T17 ends at the first clear byte, with the client’s close_notify or without', () => {
    const withNotify = observe(thenClear(recording.said, 'client', 'PASV\r\n'))
    expect(withNotify.clear).toEqual({ client: 'PASV\r\n', server: '' })
    expect(only(withNotify.facts, 'clear')).toEqual({
      type: 'clear',
      side: 'client',
      after: 'established',
      hasCloseNotify: true,
      applicationRecords: { client: 1, server: 1 },
    })
    const withoutNotify = observe(
      thenClear(withoutLastOfClient(recording.said), 'client', 'PASV\r\n'),
    )
    expect(withoutNotify.clear.client).toBe('PASV\r\n')
    expect(only(withoutNotify.facts, 'clear').hasCloseNotify).toBe(false)
  })

  test('every segmentation gives the same facts', () => {
    const said = thenClear(thenClear(recording.said, 'client', 'PASV\r\n'), 'server', '227 x\r\n')
    expect(differing(said, everyCut(said))).toEqual([])
    expect(observe(drip(said))).toEqual(observe(said))
  })
})

/** The close_notify of TLS 1.2 is the last record of the client, in a chunk of its own. */
function withoutLastOfClient(said: readonly Said[]): readonly Said[] {
  return said.toSpliced(
    said.findLastIndex((chunk) => chunk.side === 'client'),
    1,
  )
}

describe('a real session of TLS 1.3', () => {
  let recording: Recording
  beforeAll(async () => {
    recording = await recordTls({ identity: EC_IDENTITY, version: 'TLSv1.3' })
  })

  test('hides certificate, ALPN and alerts, and is established all the same', () => {
    const { facts, violation } = observe(recording.said)
    expect(types(facts)).toEqual(['clientHello client', 'serverHello server', 'established'])
    expect(only(facts, 'established').version).toBe(0x0304)
    expect(violation).toBeUndefined()
  })

  test('T15 close_notify hides in a record of application data; what follows it is clear', () => {
    const { clear, facts } = observe(thenClear(recording.said, 'client', 'PASV\r\n'))
    expect(clear.client).toBe('PASV\r\n')
    const fact = only(facts, 'clear')
    expect(fact).toMatchObject({ after: 'established', hasCloseNotify: true })
    // CCC and close_notify; the reply, two session tickets and close_notify.
    expect(fact.applicationRecords.client).toBe(2)
    expect(fact.applicationRecords.server).toBeGreaterThanOrEqual(2)
  })

  test('every segmentation gives the same facts', () => {
    const said = thenClear(recording.said, 'client', 'EPSV\r\n')
    expect(differing(said, everyCut(said))).toEqual([])
    expect(observe(drip(said))).toEqual(observe(said))
  })
})

describe('other real handshakes', () => {
  test('an RSA chain, and a client certificate in clear', async () => {
    const identity = rsaIdentity({ commonName: 'rsa.example', dnsNames: ['rsa.example'] })
    const { said } = await recordTls({
      identity,
      version: 'TLSv1.2',
      server: { requestCert: true, rejectUnauthorized: false } as object,
      client: { ...EC_IDENTITY },
    })
    const { facts } = observe(said)
    expect(types(facts)).toEqual([
      'clientHello client',
      'serverHello server',
      'certificate server',
      'certificate client',
      'established',
    ])
    const shown = facts.flatMap((fact) => (fact.type === 'certificate' ? [fact.certificate] : []))
    expect(shown).toMatchObject([
      { value: { subject: 'CN=rsa.example', key: 'rsa 2048' } },
      { value: { fingerprint: EC_FINGERPRINT } },
    ])
    expect(differing(said, [drip(said)])).toMatchObject([])
  })

  test('T24 the client says hello again after a HelloRetryRequest, and it is read again', async () => {
    const { said } = await recordTls({
      identity: EC_IDENTITY,
      version: 'TLSv1.3',
      server: { ecdhCurve: 'P-384' },
      client: { ecdhCurve: 'X25519:P-384', ALPNProtocols: ['ftp'] },
    })
    const { facts } = observe(said)
    expect(types(facts)).toEqual([
      'clientHello client',
      'serverHello server',
      'clientHello client',
      'serverHello server',
      'established',
    ])
    const retries = facts.flatMap((fact) =>
      fact.type === 'serverHello' ? [fact.hello.isHelloRetryRequest] : [],
    )
    expect(retries).toEqual([true, false])
    expect(differing(said, everyCut(said))).toEqual([])
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed session of %s', async (version) => {
    const context = serverContext(EC_IDENTITY, version)
    const first = await recordTls({ identity: EC_IDENTITY, version, context })
    const session = first.session
    if (session === undefined) throw new Error('no session to resume')
    const { said } = await recordTls({
      identity: EC_IDENTITY,
      version,
      context,
      client: { session },
    })
    const { facts, violation } = observe(thenClear(said, 'client', 'PASV\r\n'))
    expect(violation).toBeUndefined()
    expect(only(observe(first.said).facts, 'established').isResumed).toBe(false)
    expect(only(facts, 'established').isResumed).toBe(true)
    expect(only(facts, 'clientHello').hello.resumption).toBe(
      version === 'TLSv1.2' ? 'ticket' : 'psk',
    )
    expect(types(facts)).not.toContain('certificate server')
    expect(differing(said, everyCut(said))).toEqual([])
  })
})

describe('TlsObserver', () => {
  test('T16 T18 each side goes clear once, by itself', () => {
    const observer = new TlsObserver()
    for (const { side, bytes: said } of ESTABLISHED_12) observer.take(side, said)
    expect(observer.take('server', ascii('227 x\r\n'))).toMatchObject({ clearFrom: 0 })
    expect([observer.isClear('client'), observer.isClear('server')]).toEqual([false, true])
    const record23 = applicationData(30)
    expect(observer.take('client', record23)).toEqual({ opaque: record23, facts: [] })
    expect(observer.take('client', ascii('PASV\r\n')).facts).toMatchObject([
      { type: 'clear', side: 'client', applicationRecords: { client: 1, server: 0 } },
    ])
    // Whether TLS may come back is for those who read the clear text.
    expect(observer.take('client', record23)).toMatchObject({ clearFrom: 0, facts: [] })
  })

  test('a violation stays, for both sides, and nothing more is passed on', () => {
    const observer = new TlsObserver()
    const violation = { side: 'client', reason: 'tls.expected', detail: 'clear text' }
    expect(observer.take('client', ascii('USER u\r\n')).violation).toEqual(violation)
    const next = observer.take('server', record(22, serverHello()))
    expect(next).toEqual({ opaque: new Uint8Array(0), facts: [], violation })
  })

  test('T24 what the client asks for is known before its hello is passed on whole', () => {
    const hello = record(22, clientHello13(alpn('h2', 'http/1.1')))
    const said = cutAt(fromClient(hello), [1, 5, hello.length - 1])
    const observer = new TlsObserver()
    const passedOn = said.slice(0, -1).map((chunk) => observer.take('client', chunk.bytes).opaque)
    expect(Buffer.concat(passedOn)).toHaveLength(hello.length - 1)
    const last = observer.take('client', said.at(-1)?.bytes ?? new Uint8Array(0))
    expect(last.facts).toMatchObject([{ type: 'clientHello', hello: { alpn: ['h2', 'http/1.1'] } }])
  })
})
