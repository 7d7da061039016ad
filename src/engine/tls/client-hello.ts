/**
 * What a client offers (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2):
 *
 *     ProtocolVersion legacy_version; Random random;
 *     opaque legacy_session_id<0..32>;
 *     CipherSuite cipher_suites<2..2^16-2>;
 *     opaque legacy_compression_methods<1..2^8-1>;
 *     Extension extensions<0..2^16-1>;
 *
 * It is observed, not checked: whether it makes sense to a server is the server's business. It is
 * malformed where two readers could read it in two ways.
 */
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { ByteReader } from './byte-reader.ts'
import { FALLBACK_SCSV, RENEGOTIATION_SCSV } from './cipher-suites.ts'
import { decodeAlpn, decodeExtensions, EXTENSION, type Extensions } from './extension.ts'
import { decodeServerName, type ServerName } from './server-name.ts'
import { isGrease, TLS_1_2, TLS_1_3 } from './version.ts'

export interface ClientHello {
  readonly legacyVersion: number
  /** What is really offered, in the client's order, without GREASE. */
  readonly versions: readonly number[]
  readonly serverName?: ServerName
  /** Escaped, in the client's order. */
  readonly alpn?: readonly string[]
  /** Numbers in the client's order, without GREASE and without the two signals below. */
  readonly cipherSuites: readonly number[]
  readonly sessionId: Uint8Array
  /** By what the client would resume an earlier session. */
  readonly resumption: 'none' | 'session-id' | 'ticket' | 'psk'
  /** Data is sent before the server has answered (RFC 8446 §2.3). */
  readonly hasEarlyData: boolean
  /** The server name may be a cover for another one, which is encrypted (RFC 9849). */
  readonly hasEncryptedHello: boolean
  readonly hasRenegotiationScsv: boolean
  readonly hasFallbackScsv: boolean
}

const RANDOM_BYTES = 32
const SESSION_ID_BYTES_MAX = 32

/** Decodes the body of a handshake message of type 1. */
export function decodeClientHello(body: Uint8Array): Parsed<ClientHello> {
  const reader = new ByteReader(body)
  const legacyVersion = reader.u16()
  reader.bytes(RANDOM_BYTES)
  const sessionId = reader.vector8()
  const suites = decodeNumbers(reader.vector16())
  const compressionMethods = reader.vector8()
  if (reader.hasOverrun) return malformed('truncated')
  if (legacyVersion >> 8 !== 3) return malformed('version')
  if (sessionId.length > SESSION_ID_BYTES_MAX) return malformed('session id')
  if (suites === undefined) return malformed('cipher suites')
  if (compressionMethods.length === 0) return malformed('compression methods')
  const extensions = decodeExtensions(reader)
  if (extensions.type === 'malformed') return extensions
  return withExtensions({ legacyVersion, sessionId, suites }, extensions.value)
}

interface FixedPart {
  readonly legacyVersion: number
  readonly sessionId: Uint8Array
  readonly suites: readonly number[]
}

function withExtensions(fixed: FixedPart, extensions: Extensions): Parsed<ClientHello> {
  const { legacyVersion, sessionId, suites } = fixed
  const versions = decodeVersions(legacyVersion, extensions.get(EXTENSION.supportedVersions))
  if (versions === undefined) return malformed('supported versions')
  const serverName = optional(extensions.get(EXTENSION.serverName), decodeServerName)
  if (serverName.type === 'malformed') return serverName
  const alpn = optional(extensions.get(EXTENSION.alpn), decodeAlpn)
  if (alpn.type === 'malformed') return alpn
  return complete({
    legacyVersion,
    versions,
    ...(serverName.value === undefined ? {} : { serverName: serverName.value }),
    ...(alpn.value === undefined ? {} : { alpn: alpn.value }),
    cipherSuites: suites.filter((suite) => !isGrease(suite) && !isSignal(suite)),
    sessionId: Uint8Array.from(sessionId),
    resumption: resumptionOf(sessionId, versions, extensions),
    hasEarlyData: extensions.has(EXTENSION.earlyData),
    hasEncryptedHello: extensions.has(EXTENSION.encryptedClientHello),
    hasRenegotiationScsv: suites.includes(RENEGOTIATION_SCSV),
    hasFallbackScsv: suites.includes(FALLBACK_SCSV),
  })
}

function optional<T>(
  body: Uint8Array | undefined,
  decode: (body: Uint8Array) => Parsed<T>,
): Parsed<T | undefined> {
  return body === undefined ? complete(undefined) : decode(body)
}

/** `ProtocolVersion versions<2..254>`; without the extension nothing above TLS 1.2 is offered. */
function decodeVersions(
  legacyVersion: number,
  body: Uint8Array | undefined,
): readonly number[] | undefined {
  if (body === undefined) return [Math.min(legacyVersion, TLS_1_2)]
  const reader = new ByteReader(body)
  const versions = decodeNumbers(reader.vector8())?.filter((version) => !isGrease(version))
  return reader.isSpent && versions?.length !== 0 ? versions : undefined
}

/** A non-empty vector of 16-bit numbers. */
function decodeNumbers(vector: Uint8Array): readonly number[] | undefined {
  if (vector.length === 0 || vector.length % 2 !== 0) return undefined
  const reader = new ByteReader(vector)
  const numbers: number[] = []
  while (reader.remaining > 0) numbers.push(reader.u16())
  return numbers
}

function isSignal(suite: number): boolean {
  return suite === RENEGOTIATION_SCSV || suite === FALLBACK_SCSV
}

/** A client of TLS 1.3 makes up a session id to look like an older one (RFC 8446 §D.4). */
function resumptionOf(
  sessionId: Uint8Array,
  versions: readonly number[],
  extensions: Extensions,
): ClientHello['resumption'] {
  if (extensions.has(EXTENSION.preSharedKey)) return 'psk'
  if ((extensions.get(EXTENSION.sessionTicket)?.length ?? 0) > 0) return 'ticket'
  return sessionId.length > 0 && !versions.includes(TLS_1_3) ? 'session-id' : 'none'
}
