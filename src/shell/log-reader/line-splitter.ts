/**
 * Cuts blocks of a file into lines. Text is Latin-1, a character for each byte: nothing is decoded
 * here, and nothing can be damaged. A line has a bound, or a file without any line feed would have
 * to fit into memory.
 */
import type { Buffer } from 'node:buffer'

/** Sixteen times what a record can have. */
export const LINE_BYTES_MAX: number = 2 ** 20

export interface LineHandler {
  /** `isCutShort`: the input ended before the line did. */
  line(text: string, isCutShort: boolean): void
  /** A line of more than {@link LINE_BYTES_MAX} bytes, which is not kept. */
  overlong(): void
}

export class LineSplitter {
  readonly #handler: LineHandler
  #rest = ''
  #isOverlong = false

  constructor(handler: LineHandler) {
    this.#handler = handler
  }

  push(block: Buffer): void {
    const text = block.toString('latin1')
    let at = 0
    for (;;) {
      const end = text.indexOf('\n', at)
      if (end === -1) break
      this.#end(text.slice(at, end))
      at = end + 1
    }
    this.#keep(text.slice(at))
  }

  /** The input is over. */
  end(): void {
    if (this.#isOverlong) this.#handler.overlong()
    else if (this.#rest !== '') this.#handler.line(withoutCr(this.#rest), true)
    this.#rest = ''
    this.#isOverlong = false
  }

  #end(piece: string): void {
    if (this.#isOverlong) this.#handler.overlong()
    else this.#handler.line(withoutCr(this.#rest === '' ? piece : this.#rest + piece), false)
    this.#rest = ''
    this.#isOverlong = false
  }

  #keep(piece: string): void {
    if (this.#isOverlong) return
    this.#rest += piece
    if (this.#rest.length <= LINE_BYTES_MAX) return
    this.#rest = ''
    this.#isOverlong = true
  }
}

/** What is wrong with a line that was not kept. */
export function overlongLine(file: string, number: number): string {
  return `${file}:${number}: a line longer than any record can be`
}

const BEGINNING = '{"time":"'
const TIME_LENGTH = '2026-11-21T07:13:19.198Z'.length

/** The time that a record begins with; texts of times sort as the times do. */
export function timeIn(line: string): string | undefined {
  return line.startsWith(BEGINNING)
    ? line.slice(BEGINNING.length, BEGINNING.length + TIME_LENGTH)
    : undefined
}

/** A log that went through Windows has them; the hash is not about them. */
function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
