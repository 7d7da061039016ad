/** Whether these tests can run here. */
import { portcullisProblem } from '../../support/portcullis.ts'
import { namespaceProblem } from './namespace.ts'

let known: string | undefined | null = null

/** Why there is no laboratory of namespaces, or `undefined` when there is. */
export function labProblem(): string | undefined {
  if (known === null) known = namespaceProblem()
  return known
}

/** As {@link labProblem}, for tests in which Portcullis takes part. */
export function firewallProblem(): string | undefined {
  return labProblem() ?? portcullisProblem()
}
