/**
 * One leg of a control connection: a socket, read as fast as both the engine and the other leg
 * allow, and closed so that what was said last still arrives.
 */
import type { Socket } from 'node:net'
import type { CloseCause } from '../engine/session/event.ts'
import type { LingeringSockets } from './lingering-sockets.ts'

/** How long a peer may read nothing of what is written to it. */
const STALL_MS = 60_000

export interface LegEvents {
  bytes(bytes: Uint8Array): void
  closed(cause: CloseCause): void
  /** What was written does not fit into the peer's window; then that it does again. */
  congested(isCongested: boolean): void
}

/** `congestion`: the other leg cannot take more. `unread`: this peer does not read our answers. */
type PauseReason = 'engine' | 'congestion' | 'unread'

export class Leg {
  readonly #socket: Socket
  readonly #events: LegEvents
  readonly #lingering: LingeringSockets
  readonly #pausedBy = new Set<PauseReason>()
  #isClosing = false
  #hasReportedClose = false
  #stall: NodeJS.Timeout | undefined

  constructor(socket: Socket, lingering: LingeringSockets, events: LegEvents) {
    this.#socket = socket
    this.#lingering = lingering
    this.#events = events
    socket.on('error', () => {
      this.#reportClosed('reset')
    })
    socket.on('data', (bytes: Buffer) => {
      if (!this.#isClosing) events.bytes(bytes)
    })
    socket.on('end', () => {
      this.#reportClosed('end')
    })
    socket.on('close', () => {
      clearTimeout(this.#stall)
      this.#reportClosed('end')
    })
    socket.on('drain', () => {
      clearTimeout(this.#stall)
      this.#stall = undefined
      this.resume('unread')
      events.congested(false)
    })
  }

  /** Writes whole lines in one piece. */
  send(bytes: Uint8Array): void {
    if (this.#isClosing || this.#socket.destroyed || this.#socket.write(bytes)) return
    if (this.#stall !== undefined) return
    this.#stall = setTimeout(() => {
      this.#reportClosed('stalled')
    }, STALL_MS)
    // Answers of our own grow with what it says, and would fill our memory.
    this.pause('unread')
    this.#events.congested(true)
  }

  pause(reason: PauseReason): void {
    this.#pausedBy.add(reason)
    this.#socket.pause()
  }

  resume(reason: PauseReason): void {
    this.#pausedBy.delete(reason)
    if (this.#pausedBy.size === 0) this.#socket.resume()
  }

  /** Sends what is buffered and a FIN; a peer that does not answer it in time gets a RST. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    clearTimeout(this.#stall)
    // Unread bytes in the receive buffer would turn our FIN into a RST, and the RST would take the
    // last reply with it.
    this.#pausedBy.clear()
    this.#socket.resume()
    this.#lingering.end(this.#socket)
  }

  destroy(): void {
    this.#isClosing = true
    clearTimeout(this.#stall)
    this.#socket.destroy()
  }

  #reportClosed(cause: CloseCause): void {
    if (this.#hasReportedClose || this.#isClosing) return
    this.#hasReportedClose = true
    this.#events.closed(cause)
  }
}
