/**
 * The extensions block that ends both hellos (RFC 8446 §4.2), and the one extension whose form both
 * share: ALPN (RFC 7301 §3.1). An extension that comes twice makes the hello malformed, because
 * whoever reads the first and whoever reads the last would see two different hellos.
 */
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { escapeBytes } from '../../net/escape.ts'
import { ByteReader } from './byte-reader.ts'
import { isGrease } from './version.ts'

export const EXTENSION = {
  serverName: 0,
  alpn: 16,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  encryptedClientHello: 0xfe0d,
} as const

export type Extensions = ReadonlyMap<number, Uint8Array>

/** Protocols that a hello may name; real ones name three or four. */
const ALPN_NAMES_MAX = 64

/** `Extension extensions<0..2^16-1>`, which a hello of TLS 1.2 or older may leave out altogether. */
export function decodeExtensions(hello: ByteReader): Parsed<Extensions> {
  const found = new Map<number, Uint8Array>()
  if (hello.remaining === 0) return complete(found)
  const block = new ByteReader(hello.vector16())
  while (block.remaining > 0) {
    const type = block.u16()
    const body = block.vector16()
    if (found.has(type)) return malformed('duplicate extension')
    found.set(type, body)
  }
  return hello.isSpent && block.isSpent ? complete(found) : malformed('extensions')
}

/** `ProtocolName protocol_name_list<2..2^16-1>`, escaped for showing; GREASE left out. */
export function decodeAlpn(body: Uint8Array): Parsed<readonly string[]> {
  const extension = new ByteReader(body)
  const list = new ByteReader(extension.vector16())
  const names: string[] = []
  let count = 0
  while (list.remaining > 0) {
    const name = list.vector8()
    count += 1
    if (name.length === 0 || count > ALPN_NAMES_MAX) return malformed('alpn')
    if (!isGreaseName(name)) names.push(escapeBytes(name))
  }
  return extension.isSpent && list.isSpent && count > 0 ? complete(names) : malformed('alpn')
}

function isGreaseName(name: Uint8Array): boolean {
  const [high = 0, low = 0] = name
  return name.length === 2 && isGrease(high * 256 + low)
}
