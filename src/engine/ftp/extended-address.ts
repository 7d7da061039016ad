/**
 * The extended addresses of RFC 2428: `|1|10.0.0.1|1024|` in EPRT and `(|||1024|)` in a 229 reply.
 * The delimiter may be any character from 33 to 126 (§2); it is one that cannot be part of an
 * address here, and `|` is what is sent on.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { ipFamily, parseIp } from '../../net/ip.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { type Port, parsePort } from '../../net/port.ts'

export interface ExtendedAddress {
  readonly endpoint: Endpoint
  /** The network protocol as written: 1 is IPv4, 2 is IPv6 (RFC 2428 §2). */
  readonly protocol: 1 | 2
}

/** The problem `protocol` deserves a 522, any other a 501. */
export function parseExtendedAddress(argument: Uint8Array): Parsed<ExtendedAddress> {
  const text = Buffer.from(argument).toString('latin1')
  const delimiter = text.charAt(0)
  if (!/[!-~]/.test(delimiter) || /[0-9A-Za-z.:]/.test(delimiter)) return malformed('delimiter')
  const fields = text.split(delimiter)
  const [, protocol = '', addressText = '', portText = ''] = fields
  if (fields.length !== 5 || fields[4] !== '') return malformed('not three fields')
  if (!/^[1-9]\d{0,2}$/.test(protocol)) return malformed('network protocol is not a number')
  if (protocol !== '1' && protocol !== '2') return malformed('protocol')
  const address = parseIp(addressText)
  const port = parsePort(portText)
  if (address === undefined || port === undefined) return malformed('address or port')
  if (addressText.includes(':') !== (protocol === '2')) return malformed('protocol')
  return complete({ endpoint: endpoint(address, port), protocol: protocol === '1' ? 1 : 2 })
}

/** `|1|10.0.0.1|1024|` */
export function formatExtendedAddress(value: Endpoint): string {
  return `|${ipFamily(value.address) === 4 ? 1 : 2}|${value.address}|${value.port}|`
}

/**
 * Finds the port in the text of a 229 reply. The first two fields must be empty (RFC 2428 §3): the
 * address is that of the control connection, and a reply that names one is not believed.
 */
export function parseExtendedPassiveReply(text: Uint8Array): Parsed<Port> {
  const found = [
    ...Buffer.from(text)
      .toString('latin1')
      .matchAll(/\([^()]{1,64}\)/g),
  ]
    .map(([group]) => group.slice(1, -1))
    .filter((group) => /\d/.test(group))
  const [only, another] = found
  if (only === undefined) return malformed('no port')
  if (another !== undefined) return malformed('more than one port')
  const delimiter = only.charAt(0)
  if (!/[!-~]/.test(delimiter) || /\d/.test(delimiter)) return malformed('delimiter')
  const portText = only.slice(3, -1)
  if (only !== `${delimiter.repeat(3)}${portText}${delimiter}`) return malformed('not (|||port|)')
  const port = parsePort(portText)
  return port === undefined ? malformed('port') : complete(port)
}
