import type { Socket } from 'node:net'
import { type Endpoint, endpoint } from '../net/endpoint.ts'
import { parseIp } from '../net/ip.ts'
import { toPort } from '../net/port.ts'

/** Our end; `undefined` when the socket is no longer connected. */
export function localEnd(socket: Socket): Endpoint | undefined {
  return toEndpoint(socket.localAddress, socket.localPort)
}

/** The peer's end; `undefined` when the peer has reset the connection already. */
export function peerEnd(socket: Socket): Endpoint | undefined {
  return toEndpoint(socket.remoteAddress, socket.remotePort)
}

/** A zone id (`fe80::1%eth0`) says which of our interfaces it was, and is no part of the address. */
function toEndpoint(
  text: string | undefined,
  portNumber: number | undefined,
): Endpoint | undefined {
  const address = parseIp((text ?? '').split('%', 1)[0] ?? '')
  const port = toPort(portNumber ?? 0)
  return address === undefined || port === undefined ? undefined : endpoint(address, port)
}
