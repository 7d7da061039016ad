/**
 * How long to wait before a worker that ended is replaced. One that ran for a while is replaced nearly
 * at once; one that ends again and again, less and less often.
 */
import { type Duration, duration } from '../../net/instant.ts'

const SHORTEST = 200
const LONGEST = 30_000
/** A worker that lived so long was able to work. */
const LONG_LIFE = 60_000

export class RestartDelay {
  #next = SHORTEST

  /** A worker has ended that lived for so long. @returns how long to wait. */
  after(life: Duration): Duration {
    if (life >= LONG_LIFE) this.#next = SHORTEST
    const delay = this.#next
    this.#next = Math.min(LONGEST, delay * 2)
    return duration(delay)
  }
}
