/**
 * Sockets on which everything was said and that wait for the peer's FIN. A peer may take its time,
 * but each holds a descriptor: beyond a number of them, who has waited longest waits no more.
 */
import type { Socket } from 'node:net'

/** How long a peer that was sent our FIN may take to answer it before it gets a RST. */
const LINGER_MS = 5_000

export class LingeringSockets {
  readonly #max: number
  /** Longest waiting first. */
  readonly #sockets = new Set<Socket>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Sends what is buffered and a FIN. */
  end(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    this.#sockets.add(socket)
    socket.once('close', () => {
      clearTimeout(timer)
      this.#sockets.delete(socket)
    })
    socket.end()
    const [longest] = this.#sockets
    if (this.#sockets.size <= this.#max || longest === undefined) return
    this.#sockets.delete(longest)
    longest.destroy()
  }
}
