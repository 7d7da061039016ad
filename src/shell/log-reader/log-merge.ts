/**
 * Logs that were written at the same time, as one: by the times of their records, and within a
 * millisecond in the order of the logs. The order within each stays as it is. In memory is a block of
 * each, however long they are.
 */
import type { LineSink, LogChain } from './log-files.ts'
import { LineSplitter, overlongLine, timeIn } from './line-splitter.ts'
import { LogReadError } from './log-read-error.ts'

interface Line {
  readonly text: string
  readonly file: string
  readonly number: number
  readonly isCutShort: boolean
  /** Of what has none: that of the line before. */
  readonly time: string
}

/** As `readLogs`. */
export async function readMerged(chains: readonly LogChain[], sink: LineSink): Promise<number> {
  const readers = chains.map((chain) => new ChainReader(chain, sink))
  const damaged = (): number => readers.reduce((sum, reader) => sum + reader.damaged, 0)
  try {
    for (const reader of readers) await reader.fill()
    for (;;) {
      const [next, other] = earliest(readers)
      if (next === undefined) break
      next.take(sink, other)
      if (next.head !== undefined) continue
      if (!(await sink.flush())) return damaged()
      await next.fill()
    }
  } finally {
    for (const reader of readers) await reader.close()
  }
  await sink.flush()
  return damaged()
}

/** The two that come first; of equal ones, the first of the two is the first in the list. */
function earliest(
  readers: readonly ChainReader[],
): readonly [ChainReader | undefined, ChainReader | undefined] {
  let first: ChainReader | undefined
  let second: ChainReader | undefined
  for (const reader of readers) {
    if (reader.head === undefined) continue
    if (first?.head === undefined || reader.head.time < first.head.time) {
      second = first
      first = reader
    } else if (second?.head === undefined || reader.head.time < second.head.time) second = reader
  }
  return [first, second]
}

/** The lines of one chain. */
class ChainReader {
  readonly #sink: LineSink
  readonly #batches: AsyncGenerator<readonly Line[]>
  #lines: readonly Line[] = []
  #at = 0
  damaged = 0

  constructor(chain: LogChain, sink: LineSink) {
    this.#sink = sink
    this.#batches = this.#read(chain)
  }

  /** The next line; `undefined` when what was read is used up. */
  get head(): Line | undefined {
    return this.#lines[this.#at]
  }

  /** Reads on, if there is more. */
  async fill(): Promise<void> {
    const { done, value } = await this.#batches.next()
    this.#lines = done === true ? [] : value
    this.#at = 0
  }

  /** Gives away the next line, and those behind it that come before the head of `other` as well. */
  take(sink: LineSink, other: ChainReader | undefined): void {
    const until = other?.head?.time
    for (let line = this.head; line !== undefined; line = this.head) {
      this.#at += 1
      sink.line(line.text, line.file, line.number, line.isCutShort)
      const time = this.head?.time
      if (until !== undefined && time !== undefined && time >= until) return
    }
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined)
  }

  async *#read(chain: LogChain): AsyncGenerator<readonly Line[]> {
    let time = ''
    for (const source of chain) {
      const { name } = source
      let number = 0
      let lines: Line[] = []
      const splitter = new LineSplitter({
        line: (text, isCutShort) => {
          number += 1
          time = timeIn(text) ?? time
          lines.push({ text, file: name, number, isCutShort, time })
        },
        overlong: () => {
          number += 1
          this.#sink.problem(overlongLine(name, number))
        },
      })
      this.#sink.beginFile?.(name)
      try {
        for await (const block of source.blocks()) {
          splitter.push(block)
          if (lines.length > 0) yield lines
          lines = []
        }
        splitter.end()
        if (lines.length > 0) yield lines
      } catch (error) {
        if (!(error instanceof LogReadError)) throw error
        this.damaged += 1
        this.#sink.problem(error.message)
      }
    }
  }
}
