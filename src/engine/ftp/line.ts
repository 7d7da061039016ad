/**
 * Cuts a byte stream into lines (RFC 959 §5.3.1, RFC 854: a line ends in CR LF). A control
 * connection is a Telnet stream of lines and TCP segments mean nothing (RFC 1123 §4.1.2.10), so
 * whatever the segmentation, the same bytes give the same lines. Nothing is repaired: a bare CR, a
 * bare LF or a NUL makes the line malformed, because servers disagree about what such a line says
 * and every disagreement is a way to smuggle a command past us.
 */

/** How LF without CR is taken: refused, or accepted as a line end (and re-emitted as CR LF). */
export type LineEnding = 'strict' | 'tolerant'

export type LineProblem = 'nul' | 'bare-cr' | 'bare-lf' | 'too-long'

export type FramedLine =
  /** Without its terminator. */
  | {
      readonly type: 'line'
      readonly bytes: Uint8Array
      /** It ends in LF alone, which is tolerated here. */
      readonly isBareLf?: true
    }
  /** After `too-long` the stream cannot be read on: where the next line starts is unknown. */
  | { readonly type: 'malformed'; readonly problem: LineProblem; readonly bytes: Uint8Array }

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d

/** Most lines of a control connection fit; longer ones make it grow, up to the limit. */
const INITIAL_BYTES = 256

/** What an idle connection may keep; a buffer that a burst made larger is given back. */
const IDLE_BYTES_MAX = 4096

export class LineFramer {
  #lineBytesMax: number
  readonly #ending: LineEnding
  #buffer: Uint8Array = new Uint8Array(0)
  /** Unread bytes are `#buffer[#start..#end)`; those before `#scanned` hold no LF. */
  #start = 0
  #scanned = 0
  #end = 0
  /** The LF of a line that was completed at its CR may still come. */
  #isLfDue = false

  /** `lineBytesMax` does not count the terminator. */
  constructor(lineBytesMax: number, ending: LineEnding) {
    this.#lineBytesMax = lineBytesMax
    this.#ending = ending
  }

  /** For lines that carry security tokens, and back. */
  limitTo(lineBytesMax: number): void {
    this.#lineBytesMax = lineBytesMax
  }

  /** Appends bytes of the stream. The framer keeps a copy. */
  push(received: Uint8Array): void {
    if (received.length === 0) return
    const bytes = this.#isLfDue && received[0] === LF ? received.subarray(1) : received
    this.#isLfDue = false
    this.#makeRoom(bytes.length)
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** The next line, or `undefined` when more bytes are needed. */
  next(): FramedLine | undefined {
    const newline = this.#findNewline()
    if (newline === undefined) {
      // One byte above the limit may still be the CR of a terminator.
      if (this.#end - this.#start <= this.#lineBytesMax + 1) return undefined
      return this.#tooLong()
    }
    const hasCr = newline > this.#start && this.#buffer[newline - 1] === CR
    const bytes = this.#buffer.slice(this.#start, hasCr ? newline - 1 : newline)
    if (bytes.length > this.#lineBytesMax) return this.#tooLong()
    this.#consume(newline + 1)
    const problem = this.#problemOf(bytes, hasCr)
    if (problem !== undefined) return { type: 'malformed', problem, bytes }
    return hasCr ? { type: 'line', bytes } : { type: 'line', bytes, isBareLf: true }
  }

  /** The bytes of a line whose terminator is not there yet. */
  get partial(): Uint8Array {
    return this.#buffer.slice(this.#start, this.#end)
  }

  /** Takes a partial line that ends in CR for a whole one; an LF that follows belongs to it. */
  completeAtCr(): FramedLine | undefined {
    const bytes = this.partial
    if (bytes.at(-1) !== CR) return undefined
    this.#start = this.#end
    this.#scanned = this.#end
    this.#isLfDue = true
    return { type: 'line', bytes: bytes.subarray(0, -1) }
  }

  /** The first byte of the next line, for telling another protocol before its line is whole. */
  peek(): number | undefined {
    return this.#start < this.#end ? this.#buffer[this.#start] : undefined
  }

  /** Whether bytes of an unfinished (or unread) line are waiting. */
  get hasBytes(): boolean {
    return this.#start < this.#end
  }

  /** Bytes that wait to be read. */
  get byteCount(): number {
    return this.#end - this.#start
  }

  #findNewline(): number | undefined {
    if (this.#scanned === this.#end) return undefined
    const index = this.#buffer.subarray(0, this.#end).indexOf(LF, this.#scanned)
    this.#scanned = index === -1 ? this.#end : index
    return index === -1 ? undefined : index
  }

  #consume(upTo: number): void {
    this.#start = upTo
    this.#scanned = upTo
    if (upTo < this.#end) return
    this.#start = 0
    this.#scanned = 0
    this.#end = 0
    if (this.#buffer.length > IDLE_BYTES_MAX) this.#buffer = new Uint8Array(0)
  }

  #tooLong(): FramedLine {
    const bytes = this.#buffer.slice(this.#start, this.#start + this.#lineBytesMax)
    return { type: 'malformed', problem: 'too-long', bytes }
  }

  #problemOf(bytes: Uint8Array, hasCr: boolean): LineProblem | undefined {
    if (bytes.includes(NUL)) return 'nul'
    if (bytes.includes(CR)) return 'bare-cr'
    return hasCr || this.#ending === 'tolerant' ? undefined : 'bare-lf'
  }

  /** Doubles or compacts, so that a slow drip of bytes costs linear time. */
  #makeRoom(more: number): void {
    const unread = this.#end - this.#start
    if (this.#end + more <= this.#buffer.length) return
    let target = this.#buffer
    if (unread + more > target.length || this.#start < target.length / 2)
      target = new Uint8Array(Math.max(INITIAL_BYTES, 2 * (unread + more)))
    target.set(this.#buffer.subarray(this.#start, this.#end))
    this.#buffer = target
    this.#scanned -= this.#start
    this.#start = 0
    this.#end = unread
  }
}
