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

/**
 * What is said at a time before others have their turn. Node reads 64 KiB, and 32 times in a row: of
 * short commands that is seconds of work.
 */
const SLICE_BYTES = 1024

/**
 * `congestion`: the other leg cannot take more. `unread`: this peer does not read our answers.
 * `pace`: it was refused too often.
 */
type PauseReason = 'engine' | 'congestion' | 'unread' | 'pace'

export class Leg {
  readonly #socket: Socket
  readonly #events: LegEvents
  readonly #lingering: LingeringSockets
  readonly #pausedBy = new Set<PauseReason>()
  #isClosing = false
  #hasReportedClose = false
  #stall: NodeJS.Timeout | undefined
  #pace: NodeJS.Timeout | undefined
  /** Read, and yet to be said. */
  #unheard: Buffer = Buffer.alloc(0)
  #isHearing = false
  /** The FIN has come; Node says so even of a socket that is paused. */
  #hasEnded = false

  constructor(socket: Socket, lingering: LingeringSockets, events: LegEvents) {
    this.#socket = socket
    this.#lingering = lingering
    this.#events = events
    socket.on('error', () => {
      this.#reportClosed('reset')
    })
    socket.on('data', (bytes: Buffer) => {
      this.#hear(bytes)
    })
    socket.on('end', () => {
      this.#end()
    })
    socket.on('close', () => {
      clearTimeout(this.#stall)
      this.#end()
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
    this.#goOn()
  }

  /** Does not hear this peer for so many milliseconds, if it is not made to wait already. */
  slowDown(milliseconds: number): void {
    if (this.#pace !== undefined || this.#isClosing) return
    this.pause('pace')
    this.#pace = setTimeout(() => {
      this.#pace = undefined
      this.resume('pace')
    }, milliseconds)
  }

  /** Sends what is buffered and a FIN; a peer that does not answer it in time gets a RST. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#clearTimers()
    // Unread bytes in the receive buffer would turn our FIN into a RST, and the RST would take the
    // last reply with it.
    this.#pausedBy.clear()
    this.#socket.resume()
    this.#lingering.end(this.#socket)
  }

  destroy(): void {
    this.#isClosing = true
    this.#clearTimers()
    this.#socket.destroy()
  }

  #hear(bytes: Buffer): void {
    if (this.#isClosing) return
    if (bytes.length <= SLICE_BYTES) return this.#events.bytes(bytes)
    this.#socket.pause()
    this.#unheard = bytes
    this.#hearSlice()
  }

  #end(): void {
    this.#hasEnded = true
    if (this.#unheard.length === 0) this.#reportClosed('end')
  }

  #hearSlice(): void {
    this.#isHearing = false
    if (this.#isOver || this.#pausedBy.size > 0) return
    const slice = this.#unheard.subarray(0, SLICE_BYTES)
    this.#unheard = this.#unheard.subarray(slice.length)
    this.#events.bytes(slice)
    this.#goOn()
  }

  /** Says what was read, and only then reads on or tells of the end. */
  #goOn(): void {
    if (this.#isOver || this.#pausedBy.size > 0 || this.#isHearing) return
    this.#isHearing = this.#unheard.length > 0
    if (this.#isHearing) setImmediate(() => this.#hearSlice())
    else if (this.#hasEnded) this.#reportClosed('end')
    else this.#socket.resume()
  }

  get #isOver(): boolean {
    return this.#isClosing || this.#hasReportedClose
  }

  #clearTimers(): void {
    clearTimeout(this.#stall)
    clearTimeout(this.#pace)
  }

  #reportClosed(cause: CloseCause): void {
    if (this.#hasReportedClose || this.#isClosing) return
    this.#hasReportedClose = true
    this.#events.closed(cause)
  }
}
