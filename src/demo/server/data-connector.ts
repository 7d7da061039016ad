/**
 * The data connections of one embedded-server session: PASV and EPSV listen, PORT and EPRT dial.
 * At most one set-up is pending; a new one replaces it, as RFC 959 §5.1 has it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../net/endpoint.ts'
import { type Ip, parseIp } from '../../net/ip.ts'
import { type Port, port } from '../../net/port.ts'

/** Long enough for a client that types by hand, short enough that a test of it can wait. */
const CONNECT_TIMEOUT_MS = 10_000

type SetUp =
  | { readonly type: 'passive'; readonly listener: Server; readonly accepted: Promise<Socket> }
  | { readonly type: 'active'; readonly client: Endpoint }

export class DataConnector {
  /** Our end of the control connection: listeners are bound to it and active data leaves from it. */
  readonly #local: Ip
  /** The only address that may connect. */
  readonly #peer: Ip
  readonly #sockets: Set<Socket> = new Set()
  #setUp: SetUp | undefined

  constructor(local: Ip, peer: Ip) {
    this.#local = local
    this.#peer = peer
  }

  get isSetUp(): boolean {
    return this.#setUp !== undefined
  }

  /** PASV, EPSV: listens on a port the operating system picks. */
  async listen(): Promise<Port> {
    this.clear()
    const listener = createServer({ pauseOnConnect: true })
    const accepted = new Promise<Socket>((resolve) => {
      listener.on('connection', (socket) => {
        socket.on('error', () => socket.destroy())
        if (parseIp(socket.remoteAddress ?? '') !== this.#peer) {
          socket.destroy()
          return
        }
        listener.close()
        this.#keep(socket)
        resolve(socket)
      })
    })
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen({ host: this.#local, port: 0 }, resolve)
    })
    listener.on('error', () => listener.close())
    this.#setUp = { type: 'passive', listener, accepted }
    const bound = listener.address()
    if (bound === null || typeof bound === 'string') throw new Error('a TCP listener has a port')
    return port(bound.port)
  }

  /** PORT, EPRT: the next transfer connects to `client`. */
  dialNext(client: Endpoint): void {
    this.clear()
    this.#setUp = { type: 'active', client }
  }

  /** The data connection of the pending set-up, which is used up. Rejects when nobody comes. */
  async open(): Promise<Socket> {
    const setUp = this.#setUp
    if (setUp === undefined) throw new Error('no data connection was set up')
    this.#setUp = undefined
    const coming = setUp.type === 'passive' ? setUp.accepted : this.#dial(setUp.client)
    try {
      return await Promise.race([coming, rejectAfter(CONNECT_TIMEOUT_MS)])
    } catch (error) {
      // Whoever comes too late is sent away.
      coming.then((socket) => socket.destroy()).catch(() => undefined)
      throw error
    } finally {
      if (setUp.type === 'passive') setUp.listener.close()
    }
  }

  /** Forgets the pending set-up. */
  clear(): void {
    const setUp = this.#setUp
    this.#setUp = undefined
    if (setUp?.type !== 'passive') return
    setUp.listener.close()
    void setUp.accepted.then((socket) => socket.destroy())
  }

  /** Ends everything: the session is over. */
  close(): void {
    this.clear()
    for (const socket of this.#sockets) socket.destroy()
  }

  #dial(client: Endpoint): Promise<Socket> {
    const socket = connect({ host: client.address, port: client.port, localAddress: this.#local })
    this.#keep(socket)
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(socket))
      socket.on('error', reject)
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

function rejectAfter(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const tooLate = (): void => reject(new Error('the data connection did not come'))
    setTimeout(tooLate, milliseconds).unref()
  })
}
