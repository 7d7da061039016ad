/**
 * Which characters of `src` have run. This is real coverage and costs next to nothing while code runs,
 * but a millisecond to read, so that the fuzzer reads it once for a batch of inputs.
 */
import { PreciseCoverage, type ScriptCoverage } from '../support/precise-coverage.ts'

/** A character of a script, as one number; scripts are shorter than this. */
const SCRIPT_CHARACTERS_MAX = 10_000_000

interface Script {
  readonly number: number
  /** A byte for each character that has run. */
  covered: Uint8Array
}

export class BlockCoverage {
  readonly #coverage = new PreciseCoverage()
  readonly #scripts = new Map<string, Script>()
  #size = 0

  /** Characters of code that have run. */
  get size(): number {
    return this.#size
  }

  /** The characters that ran since the last reading, and never before. */
  takeNew(): Set<number> {
    const fresh = new Set<number>()
    this.#read((script, from, to) => {
      for (let at = from; at < to; at++) {
        if (script.covered[at] === 1) continue
        script.covered[at] = 1
        fresh.add(script.number * SCRIPT_CHARACTERS_MAX + at)
      }
    })
    this.#size += fresh.size
    return fresh
  }

  /** Takes what ran since the last reading out of `wanted`; whether there was any. */
  takeFrom(wanted: Set<number>): boolean {
    const before = wanted.size
    this.#read((script, from, to) => {
      for (let at = from; at < to; at++) wanted.delete(script.number * SCRIPT_CHARACTERS_MAX + at)
    })
    return wanted.size < before
  }

  /**
   * Ranges of one function are nested, and the inner count wins. V8 merges neighbours of one count,
   * so that ranges are not comparable between readings; characters are.
   */
  #read(ran: (script: Script, from: number, to: number) => void): void {
    for (const { url, functions } of this.#coverage.take()) {
      const script = this.#script(url, functions)
      for (const { ranges } of functions) {
        const edges = ranges.flatMap(({ startOffset, endOffset }) => [startOffset, endOffset])
        const sorted = [...new Set(edges)].toSorted((a, b) => a - b)
        for (const [index, from] of sorted.entries()) {
          const to = sorted[index + 1] ?? from
          const inner = ranges.findLast(
            ({ startOffset, endOffset }) => startOffset <= from && from < endOffset,
          )
          if (inner !== undefined && inner.count > 0) ran(script, from, to)
        }
      }
    }
  }

  #script(url: string, functions: ScriptCoverage['functions']): Script {
    const script = this.#scripts.get(url) ?? {
      number: this.#scripts.size,
      covered: new Uint8Array(0),
    }
    this.#scripts.set(url, script)
    const length = Math.max(0, ...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0))
    if (length > script.covered.length) {
      const larger = new Uint8Array(length)
      larger.set(script.covered)
      script.covered = larger
    }
    return script
  }
}
