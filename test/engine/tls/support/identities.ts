/** Who the TLS servers and clients of these tests are. The keys are for tests and nothing else. */
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface Identity {
  readonly key: string
  readonly cert: string
}

/** Made once with openssl: node-forge cannot make certificates with EC keys. Valid until 2126. */
export const EC_IDENTITY: Identity = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSOwyUz+0XTRPO+Hm
3XiaEsXiCMaacOa9vrea1AnSpQ6hRANCAATXuBST4FfJckH58QmhTr3frk5plvUq
zh2PlsKyYQ6xRlcW3y8tEWWx6h+V5DECm7tbYxd7V5ZYxqYmHAubj0fx
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIB+zCCAaGgAwIBAgIUYJxWM2QZcINiT/OJZyTYH4bHSnYwCgYIKoZIzj0EAwIw
OzELMAkGA1UEBhMCU0UxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xFDASBgNVBAMM
C2Z0cC5leGFtcGxlMCAXDTI2MTEyMTA3MjkxMVoYDzIxMjYxMDI4MDcyOTExWjA7
MQswCQYDVQQGEwJTRTEWMBQGA1UECgwNRXhhbXBsZSwgSW5jLjEUMBIGA1UEAwwL
ZnRwLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATXuBST4FfJckH5
8QmhTr3frk5plvUqzh2PlsKyYQ6xRlcW3y8tEWWx6h+V5DECm7tbYxd7V5ZYxqYm
HAubj0fxo4GAMH4wHQYDVR0OBBYEFMVkZeKGhQvtECOMu7pAFYt6z2snMB8GA1Ud
IwQYMBaAFMVkZeKGhQvtECOMu7pAFYt6z2snMA8GA1UdEwEB/wQFMAMBAf8wKwYD
VR0RBCQwIoILZnRwLmV4YW1wbGWCDSouZnRwLmV4YW1wbGWHBMAAAgEwCgYIKoZI
zj0EAwIDSAAwRQIhAI1JJZpn785yZiqf1TYPckDvep2bmg7x9U/RU+sIMW82AiAG
hQVn0Y3EHijIsH3boYlU737885aZHPHj000lSr23Kg==
-----END CERTIFICATE-----`,
}

export const EC_FINGERPRINT: string =
  '16:E0:A8:19:57:B0:F4:64:C2:FA:46:F6:0A:36:CC:96:6F:F6:21:94:02:FA:8C:C3:8E:BC:FC:6E:42:47:44:67'

export interface RsaNames {
  readonly commonName: string
  readonly dnsNames?: readonly string[]
  /** Text in an extension of nobody's, in which anything may stand. */
  readonly comment?: string
}

/** Making RSA keys is slow; these certificates may all have the same one. */
let rsaKey: string | undefined

export function rsaIdentity(names: RsaNames): Identity {
  rsaKey ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
  const key = forge.pki.privateKeyFromPem(rsaKey)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date('2020-02-03T04:05:06Z')
  certificate.validity.notAfter = new Date('2120-02-03T04:05:06Z')
  const subject = [
    { name: 'commonName', value: names.commonName, valueTagClass: forge.asn1.Type.UTF8 as never },
  ]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions(extensionsOf(names))
  certificate.sign(key, forge.md.sha256.create())
  return { key: rsaKey, cert: forge.pki.certificateToPem(certificate) }
}

function extensionsOf({ dnsNames, comment }: RsaNames): object[] {
  const DNS_NAME = 2
  const altNames = dnsNames?.map((value) => ({ type: DNS_NAME, value }))
  return [
    ...(altNames === undefined ? [] : [{ name: 'subjectAltName', altNames }]),
    ...(comment === undefined ? [] : [{ id: '1.3.6.1.4.1.32473.1', value: comment }]),
  ]
}

export function derOf(identity: Identity): Uint8Array {
  const base64 = identity.cert.replace(/-----[A-Z ]+-----|\s/g, '')
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
