/** What of a TLS connection is written down, record by record. */
import { expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { Outbox } from '../../../src/engine/session/outbox.ts'
import { recordEstablished, recordTlsFact } from '../../../src/engine/session/tls-records.ts'
import type { Certificate } from '../../../src/engine/tls/certificate.ts'
import type { TlsFact } from '../../../src/engine/tls/fact.ts'
import { complete, malformed } from '../../../src/net/parsed.ts'
import { at } from '../../support/conversation.ts'
import { alpn, clientHello, record, serverName } from '../tls/support/hello-bytes.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { fromClient, observe, only } from '../tls/support/observation.ts'

type Established = Extract<TlsFact, { type: 'established' }>

function written(write: (outbox: Outbox) => void): readonly unknown[] {
  const outbox = new Outbox(sessionId('s1'), at('198.51.100.10:40000'), at('10.0.0.20:21'))
  write(outbox)
  return outbox.take().map((effect) => (effect.type === 'record' ? effect.record : effect))
}

function recordsOf(facts: readonly TlsFact[]): readonly unknown[] {
  return written((outbox) => {
    for (const fact of facts) recordTlsFact(fact, outbox)
  })
}

test('both hellos of TLS 1.2, and nothing that a state will tell', () => {
  expect(recordsOf(observe(ESTABLISHED_12).facts)).toMatchObject([
    {
      type: 'tls.hello',
      session: 's1',
      side: 'client',
      versions: ['TLS 1.2'],
      ciphers: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    },
    { type: 'tls.hello', side: 'server', versions: ['TLS 1.2'] },
  ])
})

test('what a client names is there; what it leaves out is not there as nothing', () => {
  const named = clientHello({ extensions: [serverName('FTP.example'), alpn('ftp')] })
  const [full] = recordsOf(observe(fromClient(record(22, named))).facts)
  expect(full).toMatchObject({ serverName: 'ftp.example', alpn: ['ftp'] })
  const [bare] = recordsOf(observe(fromClient(record(22, clientHello()))).facts)
  for (const key of ['serverName', 'alpn', 'resumption', 'encryptedHello'])
    expect(bare).not.toHaveProperty(key)
})

test('a hello that offers a thousand suites is not written out', () => {
  const suites = Array.from({ length: 1000 }, (_, index) => 0xc000 + index)
  const { facts } = observe(fromClient(record(22, clientHello({ suites }))))
  expect(only(facts, 'clientHello').hello.cipherSuites).toHaveLength(1000)
  const [hello] = recordsOf(facts) as [{ ciphers: string[] }]
  expect(hello.ciphers).toHaveLength(32)
})

test('a certificate has what an auditor looks for; one that cannot be read says so', () => {
  const known: Certificate = {
    subject: 'CN=ftp.example',
    issuer: 'CN=ca.example',
    names: ['DNS:ftp.example'],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    fingerprint: 'AB:CD',
    key: 'ec prime256v1',
  }
  const fact = { type: 'certificate', side: 'server', chainLength: 2 } as const
  const [read, unread] = recordsOf([
    { ...fact, certificate: complete(known) },
    { ...fact, certificate: malformed('truncated') },
  ])
  expect(read).toMatchObject({ type: 'tls.certificate', side: 'server', chainLength: 2, ...known })
  expect(read).not.toHaveProperty('problem')
  expect(unread).toMatchObject({ side: 'server', chainLength: 2, problem: 'truncated' })
})

test('an alert has its level and name', () => {
  const { facts } = observe(fromClient(record(21, Uint8Array.of(2, 40))))
  expect(recordsOf(facts.filter((fact) => fact.type === 'alert'))).toMatchObject([
    { type: 'tls.alert', side: 'client', level: 'fatal', name: 'handshake_failure' },
  ])
})

test('where nobody can read any more, the version and the suite are known', () => {
  const { facts } = observe(ESTABLISHED_13)
  const [opaque] = written((outbox) => recordEstablished(only(facts, 'established'), 'TLS', outbox))
  expect(opaque).toMatchObject({ type: 'channel.opaque', mechanism: 'TLS', version: 'TLS 1.3' })
  expect(opaque).not.toHaveProperty('nullCipher')
})

test('a suite that does not encrypt is pointed at', () => {
  const fact: Established = {
    type: 'established',
    version: 0x0303,
    cipherSuite: 0x003b,
    isResumed: true,
  }
  const [opaque] = written((outbox) => recordEstablished(fact, 'TLS', outbox))
  expect(opaque).toMatchObject({
    cipher: 'TLS_RSA_WITH_NULL_SHA256',
    resumed: true,
    nullCipher: true,
  })
})
