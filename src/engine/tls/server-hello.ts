/**
 * What the server has chosen (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3):
 *
 *     ProtocolVersion legacy_version; Random random;
 *     opaque legacy_session_id_echo<0..32>;
 *     CipherSuite cipher_suite; uint8 legacy_compression_method;
 *     Extension extensions<0..2^16-1>;
 *
 * A HelloRetryRequest is a ServerHello with a certain random (RFC 8446 §4.1.4).
 */
import { Buffer } from 'node:buffer'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { ByteReader } from './byte-reader.ts'
import { decodeAlpn, decodeExtensions, EXTENSION } from './extension.ts'
import { TLS_1_2, TLS_1_3 } from './version.ts'

export interface ServerHello {
  readonly version: number
  readonly cipherSuite: number
  readonly isHelloRetryRequest: boolean
  /** Escaped. Up to TLS 1.2; later versions encrypt it. */
  readonly alpn?: string
  readonly sessionId: Uint8Array
  /** TLS 1.3: the session goes on from an earlier one. */
  readonly hasPreSharedKey: boolean
}

const RANDOM_BYTES = 32
const SESSION_ID_BYTES_MAX = 32
const SSL_3_0 = 0x0300

/** SHA-256 of `HelloRetryRequest`. */
const RETRY_RANDOM = Buffer.from(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
  'hex',
)

/** Decodes the body of a handshake message of type 2. */
export function decodeServerHello(body: Uint8Array): Parsed<ServerHello> {
  const reader = new ByteReader(body)
  const legacyVersion = reader.u16()
  const random = reader.bytes(RANDOM_BYTES)
  const sessionId = reader.vector8()
  const cipherSuite = reader.u16()
  reader.u8()
  if (reader.hasOverrun) return malformed('truncated')
  if (sessionId.length > SESSION_ID_BYTES_MAX) return malformed('session id')
  const extensions = decodeExtensions(reader)
  if (extensions.type === 'malformed') return extensions
  const version = decodeVersion(legacyVersion, extensions.value.get(EXTENSION.supportedVersions))
  if (version === undefined) return malformed('version')
  const isHelloRetryRequest = RETRY_RANDOM.equals(random)
  if (isHelloRetryRequest && version !== TLS_1_3) return malformed('version')
  const alpn = decodeChosenAlpn(extensions.value.get(EXTENSION.alpn))
  if (alpn.type === 'malformed') return alpn
  return complete({
    version,
    cipherSuite,
    isHelloRetryRequest,
    ...(alpn.value === undefined ? {} : { alpn: alpn.value }),
    sessionId: Uint8Array.from(sessionId),
    hasPreSharedKey: extensions.value.has(EXTENSION.preSharedKey),
  })
}

/**
 * TLS 1.3 is chosen in the extension and only there; older versions in the old field. A version
 * that nobody has specified yet would have a handshake that nobody here can follow.
 */
function decodeVersion(
  legacyVersion: number,
  selected: Uint8Array | undefined,
): number | undefined {
  if (selected === undefined)
    return legacyVersion >= SSL_3_0 && legacyVersion <= TLS_1_2 ? legacyVersion : undefined
  const reader = new ByteReader(selected)
  const version = reader.u16()
  return reader.isSpent && version === TLS_1_3 && legacyVersion === TLS_1_2 ? version : undefined
}

/** The server answers with exactly one name (RFC 7301 §3.1). */
function decodeChosenAlpn(body: Uint8Array | undefined): Parsed<string | undefined> {
  if (body === undefined) return complete(undefined)
  const names = decodeAlpn(body)
  if (names.type === 'malformed') return names
  return names.value.length === 1 ? complete(names.value[0]) : malformed('alpn')
}
