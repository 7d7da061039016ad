/** Addresses as the C library writes them: `struct sockaddr_in` and `struct sockaddr_in6`. */
import { endianness } from 'node:os'
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { type Ip, ipBytes, type IpFamily, ipFamily, ipFromBytes } from '../../net/ip.ts'
import { toPort } from '../../net/port.ts'

export const AF_INET = 2
export const AF_INET6 = 10

/** Room for either. */
export const SOCKET_ADDRESS_BYTES_MAX = 28

const FAMILY_LITTLE_ENDIAN = endianness() === 'LE'

/** Port 0: the kernel is to pick one. */
export function encodeSocketAddress(address: Ip, port: number): Uint8Array {
  const family = ipFamily(address)
  const bytes = new Uint8Array(family === 4 ? 16 : 28)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, family === 4 ? AF_INET : AF_INET6, FAMILY_LITTLE_ENDIAN)
  view.setUint16(2, port)
  bytes.set(ipBytes(address), offsetOf(family))
  return bytes
}

/** `undefined` when it is no address of IP, or its port is 0. */
export function decodeSocketAddress(bytes: Uint8Array): Endpoint | undefined {
  if (bytes.length < 16) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const number = view.getUint16(0, FAMILY_LITTLE_ENDIAN)
  if (number !== AF_INET && number !== AF_INET6) return undefined
  const family = number === AF_INET ? 4 : 6
  const start = offsetOf(family)
  const length = family === 4 ? 4 : 16
  const port = toPort(view.getUint16(2))
  if (port === undefined || bytes.length < start + length) return undefined
  return endpoint(ipFromBytes([...bytes.subarray(start, start + length)]), port)
}

/** After family and port; IPv6 has its flow label in between. */
function offsetOf(family: IpFamily): number {
  return family === 4 ? 4 : 8
}
