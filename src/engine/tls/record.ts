/**
 * Follows the TLS records of one direction of a connection (RFC 8446 §5.1, RFC 5246 §6.2), and
 * finds the byte with which they end. After CCC or REIN a peer talks in clear on the same
 * connection, and nothing announces it: TLS 1.3 hides close_notify, some clients never send it, and
 * the first command may share a segment with the last record. But a record says how long it is, so
 * it is known where the next one must start, and there a byte of text is no content type. Bytes
 * inside a record are never looked at for text, whatever they look like.
 *
 * Nothing is buffered but an unfinished header, and that is held back: its bytes are passed on when
 * all five of them make a header, so that nothing that is not a record ever leaves as one. Whatever
 * the segmentation, the reader is told the same.
 */
import { Buffer } from 'node:buffer'
import { type TlsProblem, tlsProblem } from './fact.ts'

export const CONTENT_TYPE = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const

export type ContentType = (typeof CONTENT_TYPE)[keyof typeof CONTENT_TYPE]

export interface RecordHeader {
  readonly contentType: ContentType
  /** Bytes of the body. */
  readonly length: number
}

/** Is told what comes, byte by byte in order; a problem stops the framer where it is. */
export interface RecordReader {
  /** The longest body that may come next. */
  readonly bodyBytesMax: number
  startRecord(header: RecordHeader): TlsProblem | undefined
  /** Part of the body. Of a record without a body there is one part, which is empty. */
  readBody(part: Uint8Array, isLast: boolean): TlsProblem | undefined
}

export interface FramedRecords {
  /** To be passed on: records and parts of records, held bytes of an earlier chunk included. */
  readonly opaque: Uint8Array
  /** Index in the chunk of the first byte that is not TLS. */
  readonly clearFrom?: number
  readonly problem?: TlsProblem
}

/** Ciphers of TLS 1.2 and older may add 2 KB to the 16 KB of a record (RFC 5246 §6.2.3). */
export const BODY_BYTES_MAX: number = 2 ** 14 + 2048
/** TLS 1.3 allows 256 bytes (RFC 8446 §5.2). */
export const BODY_BYTES_MAX_1_3: number = 2 ** 14 + 256

const HEADER_BYTES = 5
const EMPTY = new Uint8Array(0)

export class RecordFramer {
  readonly #reader: RecordReader
  readonly #emptyRecordsMax: number
  readonly #header = new Uint8Array(HEADER_BYTES)
  /** Bytes of the header that have come; 0 inside a body. */
  #headerLength = 0
  #bodyLeft = 0
  #emptyRecords = 0
  #hasRecords = false
  #isClear = false
  #problem: TlsProblem | undefined

  constructor(reader: RecordReader, emptyRecordsMax: number) {
    this.#reader = reader
    this.#emptyRecordsMax = emptyRecordsMax
  }

  /** Whether the direction has begun with a record. */
  get hasRecords(): boolean {
    return this.#hasRecords
  }

  get bufferedBytes(): number {
    return this.#headerLength
  }

  /** Takes the next bytes of the direction. Once it is clear, or wrong, it stays so. */
  take(bytes: Uint8Array): FramedRecords {
    if (this.#isClear) return { opaque: EMPTY, clearFrom: 0 }
    const held = this.#header.slice(0, this.#headerLength)
    let at = 0
    while (at < bytes.length && this.#problem === undefined) {
      const isBoundary = this.#bodyLeft === 0 && this.#headerLength === 0
      if (isBoundary && isText(bytes[at] ?? 0)) {
        this.#isClear = true
        return { opaque: passOn(held, bytes, at), clearFrom: at }
      }
      at +=
        this.#bodyLeft > 0 ? this.#readBody(bytes.subarray(at)) : this.#readHeader(bytes[at] ?? 0)
    }
    if (this.#problem !== undefined) return { opaque: EMPTY, problem: this.#problem }
    return { opaque: passOn(held, bytes, at - this.#headerLength) }
  }

  #readHeader(byte: number): number {
    this.#header[this.#headerLength] = byte
    this.#headerLength += 1
    this.#problem = this.#headerProblem(byte)
    if (this.#headerLength === HEADER_BYTES) this.#startRecord()
    return 1
  }

  /** Looks at every byte as it comes: a peer that is not speaking TLS is told at once. */
  #headerProblem(byte: number): TlsProblem | undefined {
    switch (this.#headerLength) {
      case 1:
        if (isContentType(byte)) return undefined
        return tlsProblem(this.#hasRecords ? 'tls.framing' : 'tls.expected', 'content type')
      case 2:
        return byte === 3 ? undefined : tlsProblem('tls.framing', 'record version')
      case 3:
        return byte <= 4 ? undefined : tlsProblem('tls.framing', 'record version')
    }
    return undefined
  }

  #startRecord(): void {
    const [contentType = 0, , , high = 0, low = 0] = this.#header
    const length = high * 256 + low
    this.#headerLength = 0
    this.#bodyLeft = length
    this.#problem = this.#lengthProblem(contentType, length)
    if (this.#problem !== undefined || !isContentType(contentType)) return
    this.#hasRecords = true
    this.#problem = this.#reader.startRecord({ contentType, length })
    if (this.#problem === undefined && length === 0)
      this.#problem = this.#reader.readBody(EMPTY, true)
  }

  /** Only application data may be empty (RFC 5246 §6.2.1), and nothing makes it so any more. */
  #lengthProblem(contentType: number, length: number): TlsProblem | undefined {
    if (length > this.#reader.bodyBytesMax) return tlsProblem('tls.framing', 'record length')
    if (length > 0) return undefined
    this.#emptyRecords += 1
    return contentType !== CONTENT_TYPE.applicationData ||
      this.#emptyRecords > this.#emptyRecordsMax
      ? tlsProblem('tls.framing', 'empty record')
      : undefined
  }

  #readBody(rest: Uint8Array): number {
    const part = rest.subarray(0, this.#bodyLeft)
    this.#bodyLeft -= part.length
    this.#problem = this.#reader.readBody(part, this.#bodyLeft === 0)
    return part.length
  }
}

/** Held bytes and those of the chunk up to `end`, which is negative while the header is cut. */
function passOn(held: Uint8Array, bytes: Uint8Array, end: number): Uint8Array {
  if (end < 0) return EMPTY
  const own = bytes.subarray(0, end)
  return held.length === 0 ? own : Buffer.concat([held, own])
}

function isContentType(byte: number): byte is ContentType {
  return byte >= CONTENT_TYPE.changeCipherSpec && byte <= CONTENT_TYPE.applicationData
}

/**
 * What a command or a reply may begin with. Anything else at a record boundary is neither TLS nor
 * text (a heartbeat record, a hello of SSL 2.0), and nobody should be told that it is clear.
 */
function isText(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f
}
