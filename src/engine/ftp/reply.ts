/**
 * Replies of the server (RFC 959 §4.2). A reply is one line `ddd text`, or several from `ddd-text`
 * to `ddd text`; lines between are text whatever they look like. A line between that begins with
 * three digits is padded with the space that RFC 959 §4.2 asks for: readers disagree about where
 * such a reply ends (some take `2111 x` for the end of a 211), and inspectors further on could take
 * the line for a reply of its own.
 */

export type ReplyPosition = 'only' | 'first' | 'middle' | 'last'

export type ReplyLine =
  | {
      readonly type: 'line'
      readonly code: number
      readonly position: ReplyPosition
      /** Without terminator. Middle lines that begin with three digits are padded. */
      readonly bytes: Uint8Array
    }
  | { readonly type: 'malformed' }
  | { readonly type: 'too-many' }

const SPACE = 0x20
const HYPHEN = 0x2d
/** `X` */
const COVER = 0x58
/** Three digits and a space or a hyphen. */
const CODE_BYTES = 4

export interface ReplyLimits {
  readonly linesMax: number
  /** Bytes of all lines of one reply. */
  readonly bytesMax: number
}

export class ReplyAssembler {
  readonly #limits: ReplyLimits
  #code: number | undefined
  #lines = 0
  #bytes = 0

  constructor(limits: ReplyLimits) {
    this.#limits = limits
  }

  /** Whether a multi-line reply has begun and not ended. */
  get isOpen(): boolean {
    return this.#code !== undefined
  }

  /** Takes a framed line of the server. */
  take(line: Uint8Array): ReplyLine {
    const start = replyStart(line)
    if (this.#code !== undefined) return this.#continue(this.#code, line, start)
    if (start === undefined) return { type: 'malformed' }
    if (!start.isOpening) return { type: 'line', code: start.code, position: 'only', bytes: line }
    this.#code = start.code
    this.#lines = 1
    this.#bytes = line.length
    return { type: 'line', code: start.code, position: 'first', bytes: line }
  }

  #continue(code: number, line: Uint8Array, start: ReplyStart | undefined): ReplyLine {
    this.#lines += 1
    this.#bytes += line.length
    if (this.#lines > this.#limits.linesMax || this.#bytes > this.#limits.bytesMax)
      return { type: 'too-many' }
    if (start?.code === code && !start.isOpening) {
      this.#code = undefined
      return { type: 'line', code, position: 'last', bytes: line }
    }
    // `ddd-` with the reply's own code is how many servers begin every line; nobody is fooled by it.
    const isMistakable =
      start?.code !== code && line.subarray(0, 3).every(isDigit) && line.length > 2
    const bytes = isMistakable ? Buffer.concat([Uint8Array.of(SPACE), line]) : line
    return { type: 'line', code, position: 'middle', bytes }
  }
}

/** A line of a reply with an `X` for each byte of its text but spaces: its shape, and no more. */
export function maskReplyLine(line: Uint8Array, position: ReplyPosition): Uint8Array {
  const from = position === 'middle' ? 0 : CODE_BYTES
  return line.map((byte, index) => (index < from || byte === SPACE ? byte : COVER))
}

interface ReplyStart {
  readonly code: number
  /** `ddd-`: more lines follow. */
  readonly isOpening: boolean
}

/** `[1-6]dd` and then a space, a hyphen or nothing. */
function replyStart(line: Uint8Array): ReplyStart | undefined {
  const [hundreds = 0, tens = 0, ones = 0, separator] = line
  if (hundreds < 0x31 || hundreds > 0x36 || !isDigit(tens) || !isDigit(ones)) return undefined
  if (separator !== undefined && separator !== SPACE && separator !== HYPHEN) return undefined
  const code = (hundreds - 0x30) * 100 + (tens - 0x30) * 10 + (ones - 0x30)
  return { code, isOpening: separator === HYPHEN }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
