/**
 * The listening sockets behind pinholes. Pinholes of several clients may share one: it exists while
 * at least one pinhole refers to it, and with the last one it is closed before `close` returns, so
 * that the kernel itself refuses who comes later. Always the one address asked for, never a
 * wildcard: an expected peer that arrives on another interface finds nothing there.
 */
import { type Server, type Socket, createServer } from 'node:net'
import type { Pinhole } from '../../engine/nat/pinhole.ts'
import type { PinholeId } from '../../engine/id.ts'
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { ipFamily } from '../../net/ip.ts'
import { toPort } from '../../net/port.ts'

/** Connections the kernel keeps for us. Room for strangers' SYNs beside the one that is expected. */
const BACKLOG = 128

export type ListenAnswer =
  | { readonly type: 'listening'; readonly listening: Endpoint }
  | { readonly type: 'failed'; readonly cause: string }

type AnswerListen = (answer: ListenAnswer) => void

interface Listener {
  readonly server: Server
  /** `undefined` when the operating system chose the port; then nobody else shares it. */
  readonly key: string | undefined
  /** `undefined` until it is up. */
  listening: Endpoint | undefined
  /** Pinholes that refer to it, each with its callback until that was answered. */
  readonly pinholes: Map<PinholeId, AnswerListen | undefined>
}

export class PinholeListeners {
  readonly #onConnection: (socket: Socket) => void
  readonly #byKey = new Map<string, Listener>()
  readonly #byPinhole = new Map<PinholeId, Listener>()

  /** Sockets come paused, unread and without an `error` listener, which must be attached first. */
  constructor(onConnection: (socket: Socket) => void) {
    this.#onConnection = onConnection
  }

  /** Listening sockets in use. */
  get size(): number {
    return new Set(this.#byPinhole.values()).size
  }

  /**
   * Calls `answer` exactly once and never before this returns. A pinhole closed too early for an
   * answer gets `ECANCELED`.
   */
  open({ id, listen }: Pick<Pinhole, 'id' | 'listen'>, answer: AnswerListen): void {
    if (this.#byPinhole.has(id)) {
      queueMicrotask(() => answer({ type: 'failed', cause: 'EEXIST' }))
      return
    }
    const key =
      listen.port === undefined
        ? undefined
        : formatEndpoint({ address: listen.address, port: listen.port })
    const listener = this.#shared(key) ?? this.#listen(listen, key)
    listener.pinholes.set(id, answer)
    this.#byPinhole.set(id, listener)
    if (listener.listening !== undefined) queueMicrotask(() => this.#answerAll(listener))
  }

  /** Drops one reference. Unknown pinholes are none of our business. */
  close(id: PinholeId): void {
    const listener = this.#byPinhole.get(id)
    if (listener === undefined) return
    const answer = listener.pinholes.get(id)
    this.#byPinhole.delete(id)
    listener.pinholes.delete(id)
    if (answer !== undefined) queueMicrotask(() => answer({ type: 'failed', cause: 'ECANCELED' }))
    this.#closeUnused(listener)
  }

  closeAll(): void {
    for (const id of this.#byPinhole.keys()) this.close(id)
  }

  #shared(key: string | undefined): Listener | undefined {
    return key === undefined ? undefined : this.#byKey.get(key)
  }

  #listen(listen: Pinhole['listen'], key: string | undefined): Listener {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
    const listener: Listener = { server, key, listening: undefined, pinholes: new Map() }
    if (key !== undefined) this.#byKey.set(key, listener)
    server.on('error', (error: NodeJS.ErrnoException) => this.#failed(listener, error))
    server.on('connection', this.#onConnection)
    server.listen(
      {
        host: listen.address,
        port: listen.port ?? 0,
        ipv6Only: ipFamily(listen.address) === 6,
        backlog: BACKLOG,
        // In `node:cluster` the primary would otherwise listen, and share the port between workers.
        exclusive: true,
      },
      () => {
        listener.listening = boundEndpoint(listen, server)
        this.#answerAll(listener)
        this.#closeUnused(listener)
      },
    )
    return listener
  }

  #answerAll(listener: Listener): void {
    const { listening, pinholes } = listener
    if (listening === undefined) return
    for (const [id, answer] of pinholes) {
      pinholes.set(id, undefined)
      answer?.({ type: 'listening', listening })
    }
  }

  #failed(listener: Listener, error: NodeJS.ErrnoException): void {
    // A listener that is up only fails to accept, for want of descriptors; it may do so next time.
    if (listener.listening !== undefined) return
    if (listener.key !== undefined) this.#byKey.delete(listener.key)
    for (const [id, answer] of listener.pinholes) {
      this.#byPinhole.delete(id)
      answer?.({ type: 'failed', cause: error.code ?? 'EIO' })
    }
    listener.pinholes.clear()
  }

  /**
   * A listener that is not up yet cannot be closed (`server.close()` would come before the bind and
   * be forgotten). It stays in the table, where a new pinhole may find it, and is looked at again
   * when it is up.
   */
  #closeUnused(listener: Listener): void {
    if (listener.pinholes.size > 0 || !listener.server.listening) return
    if (listener.key !== undefined) this.#byKey.delete(listener.key)
    // Closes the descriptor at once; the callback only waits for connections.
    listener.server.close()
  }
}

function boundEndpoint(listen: Pinhole['listen'], server: Server): Endpoint {
  const bound = server.address()
  const port = bound === null || typeof bound === 'string' ? undefined : toPort(bound.port)
  if (port === undefined) throw new Error('a listening server has no port')
  return { address: listen.address, port }
}
