/**
 * Read buffers of data connections. A buffer is taken when bytes start to flow and given back when
 * both legs are closed, so connections that wait hold none.
 */
export class BufferPool {
  readonly #bufferBytes: number
  readonly #freeMax: number
  readonly #free: Buffer[] = []
  #taken = 0

  /** Keeps at most `freeMax` unused buffers of `bufferBytes` each. */
  constructor(bufferBytes: number, freeMax: number) {
    this.#bufferBytes = bufferBytes
    this.#freeMax = freeMax
  }

  /** Buffers taken and not given back. */
  get taken(): number {
    return this.#taken
  }

  /** A buffer whose content is arbitrary. */
  take(): Buffer {
    this.#taken += 1
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bufferBytes)
  }

  /** The caller must not use `buffer` afterwards, nor may the kernel. */
  give(buffer: Buffer): void {
    this.#taken -= 1
    if (this.#free.length < this.#freeMax) this.#free.push(buffer)
  }
}
