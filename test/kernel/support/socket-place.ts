/** Where scripted peers have their sockets: in a namespace, or on this host. */
import { type TcpNetConnectOpts, connect } from 'node:net'
import type { Namespace } from './namespace.ts'

export type SocketPlace = Pick<Namespace, 'listen' | 'connect'>

/** Listens on every address. */
export const THIS_HOST_SOCKETS: SocketPlace = {
  listen: (server, options) => server.listen(options),
  connect: (options: TcpNetConnectOpts) => connect(options),
}
