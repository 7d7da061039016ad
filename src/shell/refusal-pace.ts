/**
 * How fast one client may be refused. A refusal costs its client a line, and us a reply and two
 * records on disk; clients that mean well are refused something now and then. Who is refused more is
 * heard less, and goes on.
 */
import { between, type Instant } from '../net/instant.ts'

/** Refusals in a row that cost nothing: a client that tries everything it knows. */
const BURST = 50

const PER_SECOND = 100

export class RefusalPace {
  #debt = 0
  #at: Instant | undefined

  /** One refusal more. @returns for how many milliseconds not to listen. */
  add(at: Instant): number {
    const elapsed = this.#at === undefined ? 0 : between(this.#at, at)
    this.#at = at
    this.#debt = Math.max(0, this.#debt - (elapsed * PER_SECOND) / 1_000) + 1
    return (Math.max(0, this.#debt - BURST) * 1_000) / PER_SECOND
  }
}
