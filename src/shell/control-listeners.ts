/** Where control connections come in: one listening socket for each listener of the rule file. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { type Listener, ORIGINAL_DESTINATION } from '../engine/rules/ruleset.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import { originalOf } from './intercept/original.ts'
import { listen } from './listen.ts'
import { localEnd, peerEnd } from './socket-end.ts'

/** One control connection, as it came. */
export interface Arrival {
  readonly listener: string
  readonly client: Endpoint
  /** Our end, as the socket has it. */
  readonly local: Endpoint
  /** Where an intercepted client meant to connect. */
  readonly original?: Endpoint
}

export interface ControlListenersOptions {
  /** Sockets come unread, to be handed to another process. Default: no. */
  readonly isPaused?: boolean
}

export class ControlListeners {
  readonly #servers: Server[] = []
  readonly #logger: Logger
  readonly #onArrival: (socket: Socket, arrival: Arrival) => void
  readonly #isPaused: boolean

  constructor(
    logger: Logger,
    onArrival: (socket: Socket, arrival: Arrival) => void,
    { isPaused = false }: ControlListenersOptions = {},
  ) {
    this.#logger = logger
    this.#onArrival = onArrival
    this.#isPaused = isPaused
  }

  /** Rejects with the operating system's error, or an InterceptionError; those opened stay open. */
  async open(listeners: readonly Listener[]): Promise<void> {
    for (const listener of listeners) await this.#open(listener)
  }

  /** Takes no new connections; those that are there go on. */
  close(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  async #open(listener: Listener): Promise<void> {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: this.#isPaused }
    const server = createServer(options, (socket) => {
      this.#accept(listener, socket)
    })
    await listen(server, listener)
    this.#servers.push(server)
    server.on('error', (error) => {
      this.#logger.error({ err: error, listener: listener.name }, 'listener')
    })
    const { name, intercept } = listener
    this.#logger.info(
      {
        listener: name,
        server: formatServer(listener),
        ...(intercept === 'none' ? {} : { intercept }),
      },
      `listening on ${formatEndpoint(listener.listen)}`,
    )
  }

  #accept(listener: Listener, socket: Socket): void {
    const client = peerEnd(socket)
    const local = localEnd(socket)
    // A client that is gone before it was accepted has no address any more.
    if (client === undefined || local === undefined) {
      socket.on('error', () => undefined).destroy()
      return
    }
    const original = originalOf(listener, socket, local)
    this.#onArrival(socket, {
      listener: listener.name,
      client,
      local,
      ...(original === undefined ? {} : { original }),
    })
  }
}

function formatServer({ server }: Listener): string {
  return server === ORIGINAL_DESTINATION ? server : formatEndpoint(server)
}
