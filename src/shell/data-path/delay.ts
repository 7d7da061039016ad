import type { Duration } from '../../net/instant.ts'

/** `setTimeout` takes more than this for one millisecond. */
const DELAY_MAX_MS = 2 ** 31 - 1

/** A duration as an argument of `setTimeout`: some 24 days at most. */
export function delay(length: Duration): number {
  return Math.min(length, DELAY_MAX_MS)
}
