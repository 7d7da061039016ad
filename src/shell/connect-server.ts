/** The server leg, from an address of ours, or from the client's own. */
import { connect, Socket } from 'node:net'
import type { Endpoint } from '../net/endpoint.ts'
import { type Ip, ipFamily } from '../net/ip.ts'
import { openTransparentSocket } from './native/sockets.ts'

/** Where the server leg leaves from. */
export type Origin =
  /** As the operating system chooses. `isBound`: from a port that a listener may share. */
  | { readonly type: 'any'; readonly isBound: boolean }
  /** From an address of this host. */
  | { readonly type: 'own'; readonly address: Ip }
  /** From the client's own address, and another port than the client's. */
  | { readonly type: 'client'; readonly client: Endpoint }

/** A socket that is being connected. @throws SystemCallError when it cannot have the client's address. */
export function startConnecting(server: Endpoint, origin: Origin): Socket {
  const to = { host: server.address, port: server.port, allowHalfOpen: true, noDelay: true }
  switch (origin.type) {
    case 'any':
      return connect({ ...to, ...(origin.isBound ? { localAddress: unspecified(server) } : {}) })
    case 'own':
      return connect({ ...to, localAddress: origin.address })
    case 'client': {
      const { address, port } = origin.client
      const fd = openTransparentSocket(address, port)
      // Not read before it is connected.
      const options = { fd, allowHalfOpen: true, readable: true, writable: true, manualStart: true }
      return new Socket(options)
        .setNoDelay(true)
        .connect({ host: server.address, port: server.port })
    }
  }
}

function unspecified({ address }: Endpoint): string {
  return ipFamily(address) === 4 ? '0.0.0.0' : '::'
}
