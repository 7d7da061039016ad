/**
 * The embedded FTP server: RFC 959 with RFC 2389, 2428 and 3659, read-only, files in memory,
 * loopback only. It exists so that the demo, and the tests, have a server without anyone
 * installing one.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { ip, parseIp } from '../../net/ip.ts'
import { port } from '../../net/port.ts'
import { ControlConnection } from './control-connection.ts'
import type { DirectoryEntry } from './file-tree.ts'

export interface FtpServer {
  readonly endpoint: Endpoint
  /** Ends every session at once. */
  close(): Promise<void>
}

export interface FtpServerOptions {
  readonly root: DirectoryEntry
  /** A loopback address. */
  readonly host: string
  /** 0, the default, lets the operating system pick one. */
  readonly port?: number
}

/** Listens. Rejects with what the operating system says when it cannot. */
export async function startFtpServer(options: FtpServerOptions): Promise<FtpServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const local = parseIp(socket.localAddress ?? '')
    const peer = parseIp(socket.remoteAddress ?? '')
    // Both are unknown once the client has left, which may be before we look.
    if (local === undefined || peer === undefined) socket.destroy()
    else new ControlConnection(socket, options.root, local, peer)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port ?? 0 }, resolve)
  })
  return { endpoint: boundEndpoint(server), close: () => closeServer(server, sockets) }
}

function boundEndpoint(server: Server): Endpoint {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address')
  return endpoint(parseIp(bound.address) ?? ip('127.0.0.1'), port(bound.port))
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}
