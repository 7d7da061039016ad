/** A socket that is read line by line, with a bound on every wait. */
import type { Socket } from 'node:net'

/** Nothing in the laboratory takes this long: who waits for it waits in vain. */
const PATIENCE_MS = 3_000

/** What a wait for a line can come to besides a line. */
export type NoLine = 'hang' | 'closed'

export class Lines {
  readonly socket: Socket
  #buffered = ''
  #hasEnded = false
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#buffered += chunk.toString('latin1')
      this.#wake?.()
    })
    const end = (): void => {
      this.#hasEnded = true
      this.#wake?.()
    }
    socket.on('end', end)
    socket.on('close', end)
    // A reset ends the lines; the tests see that.
    socket.on('error', end)
  }

  /** The next line without its end, CR and all. Bytes are characters. */
  async next(patienceMs: number = PATIENCE_MS): Promise<{ readonly line: string } | NoLine> {
    const until = performance.now() + patienceMs
    for (;;) {
      const end = this.#buffered.indexOf('\n')
      if (end >= 0) {
        const line = this.#buffered.slice(0, end)
        this.#buffered = this.#buffered.slice(end + 1)
        return { line }
      }
      if (this.#hasEnded) return 'closed'
      const left = until - performance.now()
      if (left <= 0) return 'hang'
      await this.#more(left)
    }
  }

  send(text: string): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.from(text, 'latin1'))
  }

  #more(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
    })
  }
}
