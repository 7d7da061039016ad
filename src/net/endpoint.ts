import { type Ip, ipFamily, parseIp } from './ip.ts'
import { type Port, parsePort } from './port.ts'

/** One end of a TCP connection, or what a peer announced in PORT, EPRT, 227 or 229. */
export interface Endpoint {
  readonly address: Ip
  readonly port: Port
}

export function endpoint(address: Ip, port: Port): Endpoint {
  return { address, port }
}

/** `10.0.0.1:21` or `[2001:db8::1]:21`; also the key of an endpoint in a table. */
export function formatEndpoint(value: Endpoint): string {
  return ipFamily(value.address) === 4
    ? `${value.address}:${value.port}`
    : `[${value.address}]:${value.port}`
}

/** Parses what {@link formatEndpoint} writes; `undefined` for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const address = parseIp(match[1] ?? match[2] ?? '')
  const port = parsePort(match[3] ?? '')
  if (address === undefined || port === undefined) return undefined
  if ((match[1] === undefined) !== (ipFamily(address) === 4)) return undefined
  return { address, port }
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port
}
