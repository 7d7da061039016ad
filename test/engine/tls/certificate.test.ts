import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CERTIFICATE_BYTES_MAX,
  CERTIFICATE_NAMES_MAX,
  decodeCertificate,
  decodeCertificateChain,
} from '../../../src/engine/tls/certificate.ts'
import { ascii, bytes, concat, vector24 } from './support/hello-bytes.ts'
import { derOf, EC_FINGERPRINT, EC_IDENTITY, rsaIdentity } from './support/identities.ts'

describe('decodeCertificateChain', () => {
  test('takes the list apart', () => {
    const body = vector24(vector24(bytes('aa bb')), vector24(bytes('cc')))
    expect(decodeCertificateChain(body)).toEqual({
      type: 'complete',
      value: [bytes('aa bb'), bytes('cc')],
    })
    expect(decodeCertificateChain(vector24())).toEqual({ type: 'complete', value: [] })
  })

  test('lengths that do not agree are malformed', () => {
    const wrong = [
      '',
      '00 00',
      '00 00 01',
      '00 00 03 00 00 00',
      '00 00 04 00 00 02 aa',
      '00 00 00 00',
    ]
    for (const hex of wrong) expect(decodeCertificateChain(bytes(hex)).type).toBe('malformed')
  })
})

describe('decodeCertificate', () => {
  test('reads a certificate with an EC key', () => {
    expect(decodeCertificate(derOf(EC_IDENTITY))).toEqual({
      type: 'complete',
      value: {
        subject: 'C=SE, O=Example\\\\, Inc., CN=ftp.example',
        issuer: 'C=SE, O=Example\\\\, Inc., CN=ftp.example',
        names: ['DNS:ftp.example', 'DNS:*.ftp.example', 'IP Address:192.0.2.1'],
        notBefore: '2026-11-21T07:29:11.000Z',
        notAfter: '2126-10-28T07:29:11.000Z',
        fingerprint: EC_FINGERPRINT,
        key: 'ec prime256v1',
      },
    })
  })

  test('reads a certificate with an RSA key, and shows peer text as one line', () => {
    const identity = rsaIdentity({ commonName: 'a\nCN=b\u202e', dnsNames: ['x, DNS:y', 'z'] })
    const decoded = decodeCertificate(derOf(identity))
    if (decoded.type === 'malformed') throw new Error(decoded.problem)
    const { subject, names, key, notBefore, notAfter } = decoded.value
    expect(subject).not.toMatch(/\n|\u202e|, CN=b/)
    expect(subject).toMatch(/^CN=a/)
    expect(names).toEqual(['DNS:"x\\\\u002c DNS:y"', 'DNS:z'])
    expect(key).toBe('rsa 2048')
    expect([notBefore, notAfter]).toEqual(['2020-02-03T04:05:06.000Z', '2120-02-03T04:05:06.000Z'])
  })

  test('a certificate that carries another one as text is not taken for it', () => {
    const identity = rsaIdentity({ commonName: 'outer', comment: `\n${EC_IDENTITY.cert}\n` })
    const der = derOf(identity)
    // What Node says of the same bytes.
    expect(new X509Certificate(der).subject).toContain('CN=ftp.example')
    expect(decodeCertificate(der)).toEqual({ type: 'malformed', problem: 'encoding' })
    expect(decodeCertificate(ascii(EC_IDENTITY.cert)).type).toBe('malformed')
  })

  test('sizes are bounded', () => {
    const dnsNames = Array.from({ length: CERTIFICATE_NAMES_MAX + 20 }, (_, n) => `${n}.example`)
    const many = decodeCertificate(derOf(rsaIdentity({ commonName: 'many', dnsNames })))
    expect(many).toMatchObject({ type: 'complete' })
    if (many.type === 'complete') expect(many.value.names).toHaveLength(CERTIFICATE_NAMES_MAX)
    expect(decodeCertificate(new Uint8Array(CERTIFICATE_BYTES_MAX + 1))).toEqual({
      type: 'malformed',
      problem: 'too long',
    })
  })

  test('any bytes are a certificate or malformed, never an exception', () => {
    const der = derOf(EC_IDENTITY)
    expect(decodeCertificate(bytes('')).type).toBe('malformed')
    expect(decodeCertificate(concat(der, bytes('00'))).type).toBe('malformed')
    const flip = fc.tuple(fc.nat(der.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(flip, { maxLength: 3 }), fc.nat(der.length), (flips, length) => {
        const mutated = Uint8Array.from(der)
        for (const [at, byte] of flips) mutated[at] = byte
        for (const candidate of [mutated, mutated.subarray(0, length)])
          expect(['complete', 'malformed']).toContain(decodeCertificate(candidate).type)
      }),
    )
  })
})
