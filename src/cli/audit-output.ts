/** Standard output for results of any length, and standard error for everything else. */
import type { Writable } from 'node:stream'

export class AuditOutput {
  readonly #stream: Writable
  readonly #encoding: 'utf8' | 'latin1'
  #pieces: string[] = []

  /** `latin1` where text has a character for each byte to be written. */
  constructor(stream: Writable, encoding: 'utf8' | 'latin1' = 'utf8') {
    this.#stream = stream
    this.#encoding = encoding
  }

  write(text: string): void {
    if (text !== '') this.#pieces.push(text)
  }

  /** Waits until the reader has taken what was written. @returns whether there still is a reader. */
  async flush(): Promise<boolean> {
    if (this.#isOver) return false
    if (this.#pieces.length === 0) return true
    const text = this.#pieces.join('')
    this.#pieces = []
    if (!this.#stream.write(text, this.#encoding)) await untilDrained(this.#stream)
    return !this.#isOver
  }

  get #isOver(): boolean {
    return this.#stream.destroyed || this.#stream.errored !== null
  }
}

function untilDrained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('error', done)
      resolve()
    }
    stream.once('drain', done).once('close', done).once('error', done)
  })
}

/** So many bad lines are named; all are counted. */
const NAMED_MAX = 20

/** Tells of lines and files that are not as they should be. */
export class ProblemReport {
  readonly #tell: (text: string) => void
  #count = 0

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  add(text: string): void {
    this.#count += 1
    if (this.#count <= NAMED_MAX) this.#tell(`portcullis: ${text}`)
  }

  end(): void {
    if (this.#count > NAMED_MAX)
      this.#tell(`portcullis: and ${this.#count - NAMED_MAX} more, ${this.#count} in all`)
  }
}
