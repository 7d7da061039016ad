/**
 * Sessions and refusals over time, when nobody knows yet how long the log is: counted by the second
 * at first, and in ever longer steps as there get to be too many of them. Each step divides the
 * next, so that counts can be added up.
 */

const SECOND = 1000
const HOUR = 3600 * SECOND
const WEEK = 168 * HOUR
const YEAR = 52 * WEEK
const STEPS: readonly number[] = [
  ...[1, 5, 15, 60, 300, 900].map((seconds) => seconds * SECOND),
  ...[1, 3, 6, 24].map((hours) => hours * HOUR),
  WEEK,
  4 * WEEK,
  YEAR,
  100 * YEAR,
]

/** What is kept while the log is read. */
const COUNTED_MAX = 4096
/** Bars that can be told apart. */
const SHOWN_MAX = 96
const SHOWN_MIN = 24

export interface Bucket {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly sessions: number
  readonly refusals: number
}

export interface TimelineReport {
  readonly stepMs: number
  /** Without gaps, in order. */
  readonly buckets: readonly Bucket[]
}

interface Counts {
  sessions: number
  refusals: number
}

export class Timeline {
  #step = 0
  #counts = new Map<number, Counts>()

  count(at: number, what: keyof Counts): void {
    const counts = this.#at(Math.floor(at / this.#stepMs))
    counts[what] += 1
    while (this.#counts.size > COUNTED_MAX) this.#coarsen()
  }

  report(): TimelineReport {
    if (this.#counts.size === 0) return { stepMs: this.#stepMs, buckets: [] }
    while (this.#span().length > SHOWN_MAX && this.#step < STEPS.length - 1) this.#coarsen()
    const { first, length } = this.#span()
    const missing = Math.max(0, SHOWN_MIN - length)
    const begin = first - Math.floor(missing / 2)
    const buckets = Array.from(
      { length: Math.min(length + missing, 2 * SHOWN_MAX) },
      (_, index) => ({
        from: (begin + index) * this.#stepMs,
        ...(this.#counts.get(begin + index) ?? { sessions: 0, refusals: 0 }),
      }),
    )
    return { stepMs: this.#stepMs, buckets }
  }

  get #stepMs(): number {
    return STEPS[this.#step] ?? SECOND
  }

  #at(place: number): Counts {
    const known = this.#counts.get(place)
    if (known !== undefined) return known
    const counts = { sessions: 0, refusals: 0 }
    this.#counts.set(place, counts)
    return counts
  }

  #span(): { readonly first: number; readonly length: number } {
    let first = Infinity
    let last = -Infinity
    for (const place of this.#counts.keys()) {
      first = Math.min(first, place)
      last = Math.max(last, place)
    }
    return { first, length: last - first + 1 }
  }

  #coarsen(): void {
    const before = this.#counts
    const ratio = (STEPS[this.#step + 1] ?? Infinity) / this.#stepMs
    this.#step += 1
    this.#counts = new Map()
    for (const [place, counts] of before) {
      const sum = this.#at(Math.floor(place / ratio))
      sum.sessions += counts.sessions
      sum.refusals += counts.refusals
    }
  }
}
