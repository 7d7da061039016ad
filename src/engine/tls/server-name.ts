/**
 * The server name that a client asks for (RFC 6066 §3): a DNS host name in ASCII, without a dot at
 * the end, never an IP address. What it is not is kept and marked, not refused: clients send
 * addresses and local names, and servers put up with it.
 */
import { Buffer } from 'node:buffer'
import { escapeBytes } from '../../net/escape.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { ByteReader } from './byte-reader.ts'

export interface ServerName {
  /** Escaped; in lower case when it is a host name. */
  readonly text: string
  /** Whether it is what the RFC allows, and so comparable with a configured name. */
  readonly isHostName: boolean
}

const HOST_NAME = 0
/** A host name has 253 bytes at most (RFC 1035 §2.3.4, without the length bytes at either end). */
const HOST_NAME_BYTES_MAX = 253

/** `ServerName server_name_list<1..2^16-1>`, in which one entry is a host name. */
export function decodeServerName(body: Uint8Array): Parsed<ServerName | undefined> {
  const extension = new ByteReader(body)
  const list = new ByteReader(extension.vector16())
  let name: Uint8Array | undefined
  while (list.remaining > 0) {
    const type = list.u8()
    const bytes = list.vector16()
    if (type !== HOST_NAME) continue
    if (name !== undefined || bytes.length === 0) return malformed('server name')
    name = bytes
  }
  if (!extension.isSpent || !list.isSpent) return malformed('server name')
  return complete(name === undefined ? undefined : serverName(name))
}

function serverName(bytes: Uint8Array): ServerName {
  const text = Buffer.from(bytes).toString('latin1')
  if (isHostName(text)) return { text: text.toLowerCase(), isHostName: true }
  return { text: escapeBytes(bytes), isHostName: false }
}

/** Labels of letters, digits, hyphens and (in practice) underscores; the last is no number. */
function isHostName(text: string): boolean {
  if (text.length > HOST_NAME_BYTES_MAX) return false
  const labels = text.split('.')
  const isLabel = (label: string): boolean =>
    /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)
  return labels.every(isLabel) && !/^\d+$/.test(labels.at(-1) ?? '')
}
