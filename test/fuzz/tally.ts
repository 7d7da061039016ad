/** Counts how often properties were tried, for the line at the end of a run. */
import fc from 'fast-check'

/** More of them, now and then: `PROPERTY_RUNS=10` makes ten times as many. */
const FACTOR = Number(process.env['PROPERTY_RUNS'] ?? 1)
/** The same inputs in every run, so that a change is judged and not luck. Any other number: others. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? 959)

export class Tally {
  readonly #runs = new Map<string, number>()

  /** As `fc.assert`; seed and path are printed when it fails. */
  holds<T>(number: string, property: fc.IProperty<T>, numRuns: number): void {
    const parameters = { numRuns: Math.round(numRuns * FACTOR), seed: SEED }
    const details = fc.check(property, parameters)
    this.#runs.set(number, (this.#runs.get(number) ?? 0) + details.numRuns)
    if (!details.failed) return
    throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance })
  }

  get total(): number {
    return [...this.#runs.values()].reduce((sum, runs) => sum + runs, 0)
  }

  get summary(): string {
    const each = [...this.#runs].map(([number, runs]) => `${number}: ${runs}`)
    return `${this.total} runs of properties (${each.join(', ')})`
  }
}
