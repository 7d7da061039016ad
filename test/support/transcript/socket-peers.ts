/**
 * A client, a server and an attacker on loopback that do as they are told, byte by byte. The client
 * and the server await data connections where transcripts say that they do.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Endpoint, parseEndpoint } from '../../../src/net/endpoint.ts'
import type { Side } from '../../../src/engine/session/event.ts'
import { type Admission, CLIENT_DATA_PORT, SERVER_DATA_PORTS } from './transcript.ts'
import { soon } from './soon.ts'

type DataPeer = 'C' | 'S' | 'X'
type Addresses = Readonly<Record<DataPeer, string>>

interface Attempt {
  admission: Admission
  isSettled: boolean
}

/** Addresses of this process alone, for two runs on one machine use the same ports. */
export function ownLoopback(last: number): string {
  const { pid } = process
  return `127.${1 + (pid % 200)}.${Math.floor(pid / 200) % 256}.${last}`
}

/** A data connection of a peer, with what came over it. */
interface DataSocket {
  readonly of: 'C' | 'S'
  readonly socket: Socket
  readonly received: Buffer[]
  isOver: boolean
}

export class SocketPeers {
  readonly #addresses: Addresses
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #control = new Map<Side, Socket>()
  readonly #received = { client: '', server: '' }
  readonly #attempts: Attempt[] = []
  readonly #data: DataSocket[] = []
  /** Where the server awaits control connections. */
  serverPort = 0

  private constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  static async start(addresses: Addresses): Promise<SocketPeers> {
    const peers = new SocketPeers(addresses)
    peers.serverPort = await peers.#listen(addresses.S, 0, (socket) =>
      peers.#adoptControl('server', socket),
    )
    for (const number of SERVER_DATA_PORTS)
      await peers.#listen(addresses.S, number, (socket) => peers.#adoptData('S', socket))
    await peers.#listen(addresses.C, CLIENT_DATA_PORT, (socket) => peers.#adoptData('C', socket))
    return peers
  }

  async connectTo(proxy: Endpoint): Promise<void> {
    const socket = connect({
      host: proxy.address,
      port: proxy.port,
      localAddress: this.#addresses.C,
      allowHalfOpen: true,
    })
    this.#adoptControl('client', socket)
    await soon(() => this.#control.has('server'), 'the proxy connects to the server')
  }

  /** Where the server sees the proxy. */
  get proxyAddress(): string {
    return this.#control.get('server')?.remoteAddress ?? ''
  }

  received(side: Side): string {
    return this.#received[side]
  }

  get admissions(): readonly Admission[] {
    return this.#attempts.map(({ admission }) => admission)
  }

  /** What has become of connection attempts by now is what became of them. */
  settle(): void {
    for (const attempt of this.#attempts) attempt.isSettled = true
  }

  write(side: Side, bytes: Uint8Array): void {
    const socket = this.#control.get(side)
    if (socket?.writable === true) socket.write(bytes)
  }

  end(side: Side, how: 'end' | 'reset'): void {
    if (how === 'end') this.#control.get(side)?.end()
    else this.#control.get(side)?.resetAndDestroy()
  }

  async connectData(from: DataPeer, to: string): Promise<void> {
    const place = parseEndpoint(to)
    if (place === undefined) throw new Error(`nowhere to connect to: ${to}`)
    const localAddress = this.#addresses[from]
    const socket = this.#adopt(connect({ host: place.address, port: place.port, localAddress }))
    const attempt: Attempt = { admission: 'accepted', isSettled: false }
    // A connection that is reset at once can fail before it was seen to stand.
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') attempt.admission = 'refused'
    })
    socket.once('close', () => {
      if (!attempt.isSettled && attempt.admission === 'accepted') attempt.admission = 'dropped'
    })
    this.#attempts.push(attempt)
    await soon(() => !socket.connecting, 'an answer to the connection attempt')
    if (attempt.admission !== 'accepted') return
    if (from === 'X') socket.resume()
    else this.#adoptData(from, socket)
  }

  /** `from` sends `file` and ends; the other peer gets just that. */
  async transfer(from: 'C' | 'S', file: string): Promise<void> {
    const of = (peer: 'C' | 'S'): DataSocket | undefined =>
      this.#data.findLast((data) => data.of === peer && !data.isOver)
    const to = from === 'C' ? 'S' : 'C'
    await soon(() => of(from) !== undefined && of(to) !== undefined, 'both data connections')
    const receiver = of(to)
    of(from)?.socket.end(Buffer.from(file, 'latin1'))
    await soon(() => receiver?.isOver === true, 'the end of the file')
    const got = Buffer.concat(receiver?.received ?? []).toString('latin1')
    if (got !== file) throw new Error(`the file is not what was sent: ${JSON.stringify(got)}`)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    )
  }

  #listen(host: string, number: number, accept: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => accept(this.#adopt(socket)))
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port: number }, () => {
        const address = server.address()
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
      })
    })
  }

  #adopt(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.setNoDelay(true).on('error', () => undefined)
  }

  #adoptControl(side: Side, socket: Socket): void {
    this.#control.set(side, this.#adopt(socket))
    socket.on('data', (chunk) => {
      this.#received[side] += chunk.toString('latin1')
    })
    socket.on('end', () => socket.end())
  }

  #adoptData(of: 'C' | 'S', socket: Socket): void {
    const data: DataSocket = { of, socket, received: [], isOver: false }
    this.#data.push(data)
    const over = (): void => {
      data.isOver = true
      socket.end()
    }
    socket
      .on('data', (chunk) => data.received.push(chunk))
      .on('end', over)
      .on('close', over)
  }
}
