/**
 * Feeds a target mutated inputs, and keeps those that did something new: ran code that had not run
 * before, or showed a feature that the target had not shown. The same seed gives the same inputs.
 */
import { getHeapStatistics } from 'node:v8'
import type { BlockCoverage } from './block-coverage.ts'
import type { Finding } from './finding.ts'
import { minimise } from './minimise.ts'
import { type Material, mutate } from './mutate.ts'
import { pick, type Random } from './random.ts'
import { type Run, runSafely, type Target } from './target.ts'

/** Inputs between two readings of the coverage. */
const BATCH = 25

/** What was found last is tried as often as all the rest. */
const RECENT = 64

/** Findings of one target; behind so many the first want to be looked at. */
const FINDINGS_MAX = 20

/** What one input may cost. */
export interface Budget {
  /** Of the processor: others may use the machine as well. */
  readonly milliseconds: number
  readonly heapBytes: number
}

/** Memory is tidied up and code compiled now and then; an input that is slow is so every time. */
const MEASUREMENTS = 4

export interface FuzzerOptions {
  readonly random: Random
  /** Without it, features alone say what is new. */
  readonly coverage?: BlockCoverage
  readonly budget?: Budget
}

export class Fuzzer {
  readonly target: Target
  readonly findings: Finding[] = []
  readonly #options: FuzzerOptions
  readonly #material: Material
  readonly #corpus: Uint8Array[] = []
  readonly #features = new Set<string>()
  readonly #kinds = new Set<string>()
  #executions = 0

  constructor(target: Target, options: FuzzerOptions) {
    this.target = target
    this.#options = options
    this.#material = {
      others: this.#corpus,
      dictionary: target.dictionary.map((word) => Buffer.from(word, 'latin1')),
      parts: target.parts,
    }
    for (const seed of target.seeds()) {
      this.#execute(seed)
      this.#corpus.push(seed)
    }
    if (this.#corpus.length === 0) throw new Error(`${target.name} has nothing to begin with`)
    options.coverage?.takeNew()
  }

  get executions(): number {
    return this.#executions
  }

  get corpusSize(): number {
    return this.#corpus.length
  }

  get featureCount(): number {
    return this.#features.size
  }

  get isFull(): boolean {
    return this.findings.length >= FINDINGS_MAX
  }

  /** Executes one batch of new inputs. */
  step(): void {
    const { random, coverage } = this.#options
    const inputs = Array.from({ length: BATCH }, () =>
      mutate(this.#choose(), this.#material, random),
    )
    const boring = inputs.filter((input) => !this.#execute(input))
    const fresh = coverage?.takeNew()
    if (coverage === undefined || fresh === undefined) return
    // Which of them ran the new code is seen by running them again, one by one.
    for (const input of boring) {
      if (fresh.size === 0) return
      this.#run(input)
      if (coverage.takeFrom(fresh)) this.#corpus.push(input)
    }
  }

  #choose(): Uint8Array {
    const { random } = this.#options
    return pick(random(2) === 0 ? this.#corpus : this.#corpus.slice(-RECENT), random)
  }

  /** @returns whether the input showed a new feature, and so was kept. */
  #execute(input: Uint8Array): boolean {
    const { breaches, features } = this.#run(input)
    if (breaches.length > 0) {
      this.#report(input, breaches)
      return true
    }
    const before = this.#features.size
    for (const feature of features) this.#features.add(feature)
    if (this.#features.size === before) return false
    this.#corpus.push(input)
    return true
  }

  #run(input: Uint8Array): Run {
    const { budget } = this.#options
    this.#executions += 1
    if (budget === undefined) return runSafely(this.target, input)
    for (let measured = 1; ; measured++) {
      const heap = getHeapStatistics().used_heap_size
      const start = process.cpuUsage()
      const run = runSafely(this.target, input)
      const { user, system } = process.cpuUsage(start)
      const milliseconds = (user + system) / 1000
      const heapBytes = getHeapStatistics().used_heap_size - heap
      const isSlow = milliseconds > budget.milliseconds
      if (!isSlow && heapBytes <= budget.heapBytes) return run
      if (measured < MEASUREMENTS) continue
      return { ...run, breaches: [...run.breaches, isSlow ? 'too slow' : 'too much memory'] }
    }
  }

  /** One of each kind, as small as it gets. */
  #report(input: Uint8Array, breaches: readonly string[]): void {
    const kind = kindOf(breaches)
    if (this.#kinds.has(kind) || this.isFull) return
    this.#kinds.add(kind)
    const { target } = this
    let shown = breaches
    const smallest = minimise(input, target.parts, (smaller) => {
      const { breaches: left } = this.#run(smaller)
      const isStill = left.length > 0 && kindOf(left) === kind
      if (isStill) shown = left
      return isStill
    })
    this.findings.push({
      target: target.name,
      breaches: shown,
      input: smallest,
      shown: target.show(smallest),
    })
  }
}

/** The first breach without what differs from input to input: numbers and quoted text. */
function kindOf([first = '']: readonly string[]): string {
  return first.replace(/"(?:[^"\\]|\\.)*"/gs, '""').replace(/\d+/g, '0')
}
