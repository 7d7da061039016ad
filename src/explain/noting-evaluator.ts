/** An evaluator that remembers what it was asked, so that it can be told which rule decided. */
import type { Evaluator, Facts, RuleKind, Ruleset, Verdict } from '../engine/rules/ruleset.ts'

interface Answer {
  readonly facts: Facts
  readonly verdict: Verdict
}

export class NotingEvaluator implements Evaluator {
  readonly #evaluator: Evaluator
  readonly #answers: Answer[] = []

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator
  }

  get ruleset(): Ruleset {
    return this.#evaluator.ruleset
  }

  evaluate(facts: Facts): Verdict {
    const verdict = this.#evaluator.evaluate(facts)
    this.#answers.push({ facts, verdict })
    return verdict
  }

  /** The last answer about one of `kinds`. */
  last(...kinds: readonly RuleKind[]): Answer | undefined {
    return this.#answers.findLast(({ facts }) => kinds.includes(facts.kind))
  }
}
