/** The only reader of the clock that deadlines are measured with. */
import { type Instant, instant } from '../net/instant.ts'

/** Milliseconds on a clock that never goes back, whatever happens to the time of day. */
export function now(): Instant {
  return instant(performance.now())
}
