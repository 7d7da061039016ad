/**
 * Handshake messages of one direction, put together from the bodies of records (RFC 8446 §4, RFC
 * 5246 §7.4): a type, three bytes of length, a body. A message may be spread over many records and
 * a record may hold many messages. Only messages that somebody reads are kept; of the others the
 * bytes are counted. A message grows in a buffer that doubles as its bytes come, so a length that
 * is only claimed costs nothing and a slow drip costs linear time.
 */

export const HANDSHAKE_TYPE = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
} as const

export interface HandshakeMessage {
  readonly type: number
  /** Absent where nobody reads it. */
  readonly body?: Uint8Array
}

export interface AssembledMessages {
  readonly messages: readonly HandshakeMessage[]
  /** The next message is longer than the limit; nothing can be assembled any more. */
  readonly isTooLong: boolean
}

const HEADER_BYTES = 4
/** A ClientHello without post-quantum key shares fits. */
const INITIAL_BYTES = 512
const READ_TYPES: ReadonlySet<number> = new Set(Object.values(HANDSHAKE_TYPE))
const EMPTY = new Uint8Array(0)

export class HandshakeAssembler {
  readonly #messageBytesMax: number
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerLength = 0
  #bodyLength = 0
  #received = 0
  #buffer: Uint8Array = EMPTY

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax
  }

  /** Whether a message has begun and not ended. */
  get isOpen(): boolean {
    return this.#headerLength > 0
  }

  get bufferedBytes(): number {
    return this.#headerLength + this.#buffer.length
  }

  /** Takes the body of a record, or a part of it. */
  take(bytes: Uint8Array): AssembledMessages {
    const messages: HandshakeMessage[] = []
    let rest = bytes
    while (rest.length > 0) {
      rest = this.#headerLength < HEADER_BYTES ? this.#takeHeader(rest) : this.#takeBody(rest)
      if (this.#headerLength < HEADER_BYTES) continue
      if (this.#bodyLength > this.#messageBytesMax) return { messages, isTooLong: true }
      if (this.#received === this.#bodyLength) messages.push(this.#finish())
    }
    return { messages, isTooLong: false }
  }

  #takeHeader(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, HEADER_BYTES - this.#headerLength)
    this.#header.set(part, this.#headerLength)
    this.#headerLength += part.length
    const [, high = 0, middle = 0, low = 0] = this.#header
    this.#bodyLength = (high << 16) | (middle << 8) | low
    return bytes.subarray(part.length)
  }

  #takeBody(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, this.#bodyLength - this.#received)
    if (this.#isRead) {
      this.#makeRoom(part.length)
      this.#buffer.set(part, this.#received)
    }
    this.#received += part.length
    return bytes.subarray(part.length)
  }

  #finish(): HandshakeMessage {
    const type = this.#header[0] ?? 0
    const message = this.#isRead
      ? { type, body: this.#buffer.subarray(0, this.#received) }
      : { type }
    this.#headerLength = 0
    this.#received = 0
    this.#buffer = EMPTY
    return message
  }

  get #isRead(): boolean {
    return READ_TYPES.has(this.#header[0] ?? 0)
  }

  #makeRoom(more: number): void {
    const needed = this.#received + more
    if (needed <= this.#buffer.length) return
    const size = Math.min(this.#bodyLength, Math.max(INITIAL_BYTES, 2 * needed))
    const buffer = new Uint8Array(size)
    buffer.set(this.#buffer.subarray(0, this.#received))
    this.#buffer = buffer
  }
}
