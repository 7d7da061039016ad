/**
 * Read buffers of data connections. A buffer is taken when bytes start to flow and given back when
 * both legs are closed, so connections that wait hold none.
 */
export interface Buffers {
  /** Buffers taken and not given back. */
  readonly taken: number
  /** A buffer whose content is arbitrary. */
  take(): Buffer
  /** The caller must not use `buffer` afterwards, nor may the kernel. */
  give(buffer: Buffer): void
}

export class BufferPool implements Buffers {
  readonly #bufferBytes: number
  readonly #freeMax: number
  readonly #free: Buffer[] = []
  #taken = 0

  /** Keeps at most `freeMax` unused buffers of `bufferBytes` each. */
  constructor(bufferBytes: number, freeMax: number) {
    this.#bufferBytes = bufferBytes
    this.#freeMax = freeMax
  }

  get taken(): number {
    return this.#taken
  }

  take(): Buffer {
    this.#taken += 1
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bufferBytes)
  }

  give(buffer: Buffer): void {
    this.#taken -= 1
    if (this.#free.length < this.#freeMax) this.#free.push(buffer)
  }
}

/**
 * Large buffers, with which a file takes half the CPU, for `largeMax` transfers at a time; small ones
 * for those beyond, so that memory stays bounded however many there are.
 */
export class TwoSizes implements Buffers {
  readonly #largeBytes: number
  readonly #largeMax: number
  readonly #large: BufferPool
  readonly #small: BufferPool

  constructor(bytes: { readonly large: number; readonly small: number }, largeMax: number) {
    this.#largeBytes = bytes.large
    this.#largeMax = largeMax
    this.#large = new BufferPool(bytes.large, largeMax)
    this.#small = new BufferPool(bytes.small, largeMax)
  }

  get taken(): number {
    return this.#large.taken + this.#small.taken
  }

  take(): Buffer {
    return this.#large.taken < this.#largeMax ? this.#large.take() : this.#small.take()
  }

  give(buffer: Buffer): void {
    if (buffer.length === this.#largeBytes) this.#large.give(buffer)
    else this.#small.give(buffer)
  }
}
