/** What becomes of a test whose peers are missing. */
import { type TestContext, inject } from 'vitest'

/**
 * The first of `problems` is a failure where everything must be there, and a skip elsewhere. Nothing
 * happens when there is none.
 */
export function requirePeers(
  context: TestContext,
  problems: readonly (string | undefined)[],
): void {
  const problem = problems.find((each) => each !== undefined)
  if (problem === undefined) return
  const cause = inject('peersProblem')
  const reason = cause === '' ? problem : `${problem} (${cause})`
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(reason)
  context.skip(reason)
}
