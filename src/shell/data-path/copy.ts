/**
 * One direction of a data connection: bytes of `source` go to `sink` through one buffer that is
 * used again and again. While a write of that buffer is pending `source` is not read: this is both
 * what makes reuse safe and the back-pressure, so a copy never holds more than its buffer.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { confirmEnd, hasLostPeer } from './leg.ts'

/** What a direction carries: the file, or what little goes back beside it (TLS, say). */
export type CopyRole = 'file' | 'reverse'

export class Copy {
  /** To be given to the source when it is created. */
  readonly onread: OnReadOpts
  readonly #buffer: Buffer
  readonly #role: CopyRole
  readonly #moved: () => void
  #source: Socket | undefined
  #sink: Socket | undefined
  #pendingBytes = 0
  #deliveredBytes = 0
  #hasEnded = false
  #isDiscarding = false

  /** `moved` is called whenever bytes were read or delivered. */
  constructor(buffer: Buffer, role: CopyRole, moved: () => void) {
    this.#buffer = buffer
    this.#role = role
    this.#moved = moved
    this.onread = { buffer, callback: (bytes) => this.#take(bytes) }
  }

  /** Bytes the kernel has accepted for the sink, in whole reads. */
  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  /** Whether the FIN of the source has come. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Starts to read. The source must have been created with {@link onread}. */
  run(source: Socket, sink: Socket): void {
    this.#source = source
    this.#sink = sink
    source.once('end', () => this.#end(source, sink))
    source.resume()
  }

  /** From now on reads to the end and drops everything, for the sink is gone. */
  discard(): void {
    this.#isDiscarding = true
    this.#source?.resume()
  }

  /**
   * Called by Node with the number of bytes read into the buffer; `false` stops reading.
   *
   * A sender may have closed without reading what comes back: a client of TLS 1.3 that uploads is
   * gone before the server's session tickets arrive, and answers them with a RST. Its file still
   * waits in the kernel, and a write that fails would make Node close the socket with all of it. So
   * nothing goes back to a peer that is gone.
   */
  #take(bytes: number): boolean {
    this.#moved()
    const sink = this.#sink
    if (this.#isDiscarding || sink === undefined) return true
    if (this.#role === 'reverse' && hasLostPeer(sink)) {
      this.discard()
      return true
    }
    sink.write(this.#buffer.subarray(0, bytes), this.#written)
    if (sink.destroyed || sink.errored !== null) return false
    if (sink.writableLength > 0) {
      this.#pendingBytes = bytes
      return false
    }
    this.#deliveredBytes += bytes
    return !this.#mustReadAgain(bytes)
  }

  /** Also called, to no effect, for writes that were finished when `write` returned. */
  readonly #written = (error?: Error | null): void => {
    const bytes = this.#pendingBytes
    const sink = this.#sink
    if (bytes === 0 || sink === undefined || sink.writableLength > 0) return
    this.#pendingBytes = 0
    // Node reports no error for writes that were cut off by `destroy`.
    if (error || sink.destroyed) return
    this.#deliveredBytes += bytes
    this.#moved()
    this.#source?.resume()
  }

  /**
   * libuv takes "both directions are shut" after a read that did not fill the buffer for an end,
   * without asking the kernel, so that a RST that comes together with bytes looks like a FIN (libuv
   * issue 2319; pull request 4997 of 2026 mends it, Node 20 has libuv 1.46). As long as we have not
   * sent a FIN ourselves, {@link #end} can tell them apart. Afterwards it cannot; but libuv does
   * ask the kernel when reading was stopped meanwhile.
   */
  #mustReadAgain(bytes: number): boolean {
    const source = this.#source
    if (source === undefined || bytes === this.#buffer.length || !source.writableEnded) return false
    setImmediate(() => {
      if (!source.destroyed) source.resume()
    })
    return true
  }

  /**
   * A peer that has sent a FIN is still our peer; one that has sent a RST is not: alone, which is no
   * end, or after its FIN, which is one.
   */
  #end(source: Socket, sink: Socket): void {
    if (!source.writableEnded && hasLostPeer(source)) confirmEnd(source, () => this.#ended(sink))
    else this.#ended(sink)
  }

  #ended(sink: Socket): void {
    this.#hasEnded = true
    // Nothing is pending: the FIN was read because the last write had been finished.
    if (!sink.destroyed) sink.end()
  }
}
