/**
 * The Certificate message of TLS 1.2 and older (RFC 5246 §7.4.2) and what an auditor wants to know
 * of its first certificate (RFC 5280). Nothing is verified: the peers do that, and the record says
 * what was shown, not what is true.
 */
import { Buffer } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import { escapeBytes } from '../../net/escape.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { ByteReader } from './byte-reader.ts'

/** All text is escaped. */
export interface Certificate {
  /** `C=SE, O=Example, CN=ftp.example`. */
  readonly subject: string
  readonly issuer: string
  /** `DNS:ftp.example`, `IP Address:192.0.2.1`. */
  readonly names: readonly string[]
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
  /** SHA-256, as `openssl x509 -fingerprint` writes it. */
  readonly fingerprint: string
  /** `rsa 2048`, `ec prime256v1`, `ed25519`. */
  readonly key: string
}

/** A certificate with a hundred host names has some 4 KB; a post-quantum one up to 10. */
export const CERTIFICATE_BYTES_MAX = 16_384
/** Names that are shown. */
export const CERTIFICATE_NAMES_MAX = 100

/** `ASN.1Cert certificate_list<0..2^24-1>`, the peer's own certificate first. */
export function decodeCertificateChain(body: Uint8Array): Parsed<readonly Uint8Array[]> {
  const message = new ByteReader(body)
  const list = new ByteReader(message.vector24())
  const chain: Uint8Array[] = []
  while (list.remaining > 0) {
    const certificate = list.vector24()
    if (certificate.length === 0) return malformed('chain')
    chain.push(certificate)
  }
  return message.isSpent && list.isSpent ? complete(chain) : malformed('chain')
}

/** Reads a certificate in DER. Never throws, whatever the bytes are. */
export function decodeCertificate(der: Uint8Array): Parsed<Certificate> {
  if (der.length > CERTIFICATE_BYTES_MAX) return malformed('too long')
  try {
    const certificate = new X509Certificate(der)
    // Node looks for PEM text first, anywhere in the bytes: a certificate that carries another one
    // as text in some field would be recorded as that other one.
    if (!certificate.raw.equals(der)) return malformed('encoding')
    return complete({
      subject: escapeName(certificate.subject),
      issuer: escapeName(certificate.issuer),
      names: namesOf(certificate.subjectAltName),
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      fingerprint: certificate.fingerprint256,
      key: keyOf(certificate),
    })
  } catch {
    return malformed('encoding')
  }
}

/** Node writes one attribute a line, and escapes what is inside of one. */
function escapeName(name: string | undefined): string {
  return escapeBytes(Buffer.from((name ?? '').split('\n').join(', '), 'utf8'))
}

/** Node quotes a name that holds a comma and escapes the comma, so that none can pretend to be two. */
function namesOf(text: string | undefined): readonly string[] {
  const names = text === undefined ? [] : text.split(', ', CERTIFICATE_NAMES_MAX)
  return names.map((name) => escapeBytes(Buffer.from(name, 'utf8')))
}

/** A key of a kind that OpenSSL does not know does not make the certificate unreadable. */
function keyOf(certificate: X509Certificate): string {
  try {
    const key = certificate.publicKey
    const details = key.asymmetricKeyDetails
    const size = details?.modulusLength ?? details?.namedCurve
    return `${key.asymmetricKeyType ?? 'unknown'}${size === undefined ? '' : ` ${size}`}`
  } catch {
    return 'unknown'
  }
}
