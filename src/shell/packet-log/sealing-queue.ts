/**
 * Records on their way to the file. A record is sealed when its bytes are about to be written, and
 * counts as written when all of them are: so the chain in the file never depends on a record that
 * did not get there, and what a broken target left half written can be written again elsewhere.
 */
import { Buffer } from 'node:buffer'
import { sealFirstLine, sealLine } from '../../record/hash-chain.ts'

/** What sealing adds to a record: `,"hash":"…"` with 64 digits, and the line feed. */
const SEAL_BYTES = 75

/** Lines that are being written: from `offset` on they still have to be. */
interface Chunk {
  readonly bytes: Buffer
  readonly lines: readonly ChunkLine[]
  offset: number
}

interface ChunkLine {
  readonly body: string
  readonly hash: string
  /** Where its line feed ends in the chunk. */
  readonly end: number
}

export class SealingQueue {
  readonly #worker: number | undefined
  #bodies: string[] = []
  #bytes = 0
  #chunk: Chunk | undefined
  #head = ''
  #isEmptyFile = true

  /** `worker`: which of several processes these records are of. */
  constructor(worker?: number) {
    this.#worker = worker
  }

  /** Bytes that are not written yet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records that are not wholly written yet. */
  get records(): number {
    return (
      this.#bodies.length + (this.#chunk === undefined ? 0 : this.#unwritten(this.#chunk).length)
    )
  }

  /** Hash of the last record that was written. */
  get head(): string {
    return this.#head
  }

  /** Bytes of a line whose other bytes are not written yet. */
  get partialBytes(): number {
    return this.#chunk === undefined ? 0 : this.#chunk.offset - lineStart(this.#chunk)
  }

  /** `body` is the text of a JSON object on one line. */
  push(body: string): void {
    this.#bodies.push(body)
    this.#bytes += queuedSize(body)
  }

  /**
   * Goes on in another file at the start of a line, behind the record whose hash is `head`. Records
   * not wholly written are sealed again.
   */
  continueAt(head: string, isEmptyFile: boolean): void {
    if (this.#chunk !== undefined) {
      const bodies = this.#unwritten(this.#chunk).map((line) => line.body)
      this.#bytes -= this.#chunk.bytes.length - this.#chunk.offset
      for (const body of bodies) this.#bytes += queuedSize(body)
      this.#bodies = [...bodies, ...this.#bodies]
      this.#chunk = undefined
    }
    this.#head = head
    this.#isEmptyFile = isEmptyFile
  }

  /** Writes a half-written line again from its start: whoever had its beginning is gone. */
  rewind(): void {
    this.continueAt(this.#head, this.#isEmptyFile)
  }

  /** The next bytes to write: whole lines up to `bytesMax`, or one longer line; empty when none. */
  next(bytesMax: number): Buffer {
    this.#chunk ??= this.#seal(bytesMax)
    return this.#chunk === undefined
      ? Buffer.alloc(0)
      : this.#chunk.bytes.subarray(this.#chunk.offset)
  }

  /** The first `count` bytes of {@link next} are written. */
  written(count: number): void {
    const chunk = this.#chunk
    if (chunk === undefined || count === 0) return
    chunk.offset += count
    this.#bytes -= count
    const last = chunk.lines.findLast((line) => line.end <= chunk.offset)
    if (last !== undefined) {
      this.#head = last.hash
      this.#isEmptyFile = false
    }
    if (chunk.offset === chunk.bytes.length) this.#chunk = undefined
  }

  #seal(bytesMax: number): Chunk | undefined {
    const lines: ChunkLine[] = []
    const texts: string[] = []
    let head = this.#head
    let end = 0
    for (const body of this.#bodies) {
      const isFirst = this.#isEmptyFile && lines.length === 0
      const sealed = isFirst ? sealFirstLine(head, body, this.#worker) : sealLine(head, body)
      const size = Buffer.byteLength(sealed.line) + 1
      if (lines.length > 0 && end + size > bytesMax) break
      end += size
      head = sealed.hash
      texts.push(sealed.line, '\n')
      lines.push({ body, hash: head, end })
      // The fields that a first line has in addition were not counted when the record was queued.
      this.#bytes += size - queuedSize(body)
    }
    if (lines.length === 0) return undefined
    this.#bodies.splice(0, lines.length)
    return { bytes: Buffer.from(texts.join('')), lines, offset: 0 }
  }

  #unwritten(chunk: Chunk): readonly ChunkLine[] {
    return chunk.lines.filter((line) => line.end > chunk.offset)
  }
}

function queuedSize(body: string): number {
  return Buffer.byteLength(body) + SEAL_BYTES
}

/** Where the line that `offset` stands in begins. */
function lineStart(chunk: Chunk): number {
  return chunk.lines.findLast((line) => line.end <= chunk.offset)?.end ?? 0
}
