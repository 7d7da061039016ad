/**
 * Which code of `src` has run and how often, as V8 counts it (precise block coverage, over the
 * inspector). Blocks are counted in functions that were compiled after this began, so code under test
 * is best imported then.
 */
import { Session } from 'node:inspector'

export interface CoveredRange {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

export interface ScriptCoverage {
  readonly url: string
  /** The first range of each function is the whole of it; the others are blocks within. */
  readonly functions: readonly { readonly ranges: readonly CoveredRange[] }[]
}

/** Code under test, compiled or not. */
const SOURCE = /\/src\/(?!.*node_modules)/

export class PreciseCoverage {
  readonly #session = new Session()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since the last time; the inspector of this very thread answers at once. */
  take(): readonly ScriptCoverage[] {
    let taken: readonly ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error
      taken = answer.result
    })
    return taken.filter(({ url }) => SOURCE.test(url))
  }
}
