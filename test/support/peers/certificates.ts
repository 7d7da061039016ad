/**
 * A certificate authority and a server identity signed by it, made anew for each laboratory: clients
 * trust the authority and check the name, so a session that works ended at the server itself and not
 * at somebody in between.
 */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import forge from 'node-forge'
import type { Ip } from '../../../src/net/ip.ts'

/** Paths of PEM files. */
export interface CertificateFiles {
  /** What clients trust. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
  /** Certificate and key in one file, for Pure-FTPd and pyftpdlib. */
  readonly identity: string
}

/** A server is known by the address that the client typed: its own, or that of the proxy. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.21.3', '::1']
const RSA_BITS = 2048
const DNS_NAME = 2
const IP_ADDRESS = 7

/** @param addresses By which clients may know the server besides those of the loopback interface. */
export async function writeCertificates(
  directory: string,
  addresses: readonly Ip[] = [],
): Promise<CertificateFiles> {
  const authorityKeys = await rsaKeys()
  const authorityName = [{ name: 'commonName', value: 'Portcullis laboratory authority' }]
  const authority = unsigned(authorityKeys.publicKey, authorityName)
  authority.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  authority.setIssuer(authorityName)
  authority.sign(authorityKeys.privateKey, forge.md.sha256.create())

  const keys = await rsaKeys()
  const certificate = unsigned(keys.publicKey, [{ name: 'commonName', value: 'localhost' }])
  certificate.setIssuer(authorityName)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        { type: DNS_NAME, value: 'localhost' },
        ...[...ADDRESSES, ...addresses].map((ip) => ({ type: IP_ADDRESS, ip })),
      ],
    },
  ])
  certificate.sign(authorityKeys.privateKey, forge.md.sha256.create())

  const files: CertificateFiles = {
    authority: join(directory, 'authority.pem'),
    certificate: join(directory, 'certificate.pem'),
    key: join(directory, 'key.pem'),
    identity: join(directory, 'identity.pem'),
  }
  const pem = forge.pki.certificateToPem(certificate)
  const keyPem = forge.pki.privateKeyToPem(keys.privateKey)
  await writeFile(files.authority, forge.pki.certificateToPem(authority))
  await writeFile(files.certificate, pem)
  await writeFile(files.key, keyPem, { mode: 0o600 })
  await writeFile(files.identity, `${pem}${keyPem}`, { mode: 0o600 })
  return files
}

/** By OpenSSL, which takes a tenth of the time. */
async function rsaKeys(): Promise<forge.pki.rsa.KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
  }
}

function unsigned(
  publicKey: forge.pki.PublicKey,
  subject: forge.pki.CertificateField[],
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  // Positive: a first bit of one would be read as a sign.
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`
  // Two fixed dates: a test machine's clock may be wrong by years.
  certificate.validity.notBefore = new Date('2020-01-01T00:00:00Z')
  certificate.validity.notAfter = new Date('2049-12-31T00:00:00Z')
  certificate.setSubject(subject)
  return certificate
}
