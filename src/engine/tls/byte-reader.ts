/**
 * Reads the presentation language of TLS (RFC 8446 §3): big-endian numbers, and vectors that are
 * preceded by their length. Reading past the end gives zeros and empty vectors and is remembered,
 * so that a decoder reads on without a test at every field and asks once, before it believes
 * anything. Every loop over a reader ends, because nothing remains after an overrun.
 */

const EMPTY = new Uint8Array(0)

export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0
  #hasOverrun = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  /** Whether something was read that was not there. */
  get hasOverrun(): boolean {
    return this.#hasOverrun
  }

  /** Whether everything was there and everything was read. */
  get isSpent(): boolean {
    return !this.#hasOverrun && this.remaining === 0
  }

  u8(): number {
    return this.#number(1)
  }

  u16(): number {
    return this.#number(2)
  }

  u24(): number {
    return this.#number(3)
  }

  /** The next `length` bytes; not a copy. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) {
      this.#hasOverrun = true
      this.#at = this.#bytes.length
      return EMPTY
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** `opaque<0..2^8-1>`. */
  vector8(): Uint8Array {
    return this.bytes(this.u8())
  }

  /** `opaque<0..2^16-1>`. */
  vector16(): Uint8Array {
    return this.bytes(this.u16())
  }

  /** `opaque<0..2^24-1>`. */
  vector24(): Uint8Array {
    return this.bytes(this.u24())
  }

  #number(size: number): number {
    let value = 0
    for (const byte of this.bytes(size)) value = value * 256 + byte
    return value
  }
}
