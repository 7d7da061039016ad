/** As many sessions as file descriptors allow, whatever the rule file asks for. */
import type { Logger } from 'pino'
import { DEFAULTS } from '../engine/rules/defaults.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { type Descriptors, sessionsThatFit } from '../shell/descriptors.ts'
import { EnvironmentError } from './environment-error.ts'

/**
 * `ruleset` with `limits: sessions` lowered to what fits, which is said in a line.
 * @throws EnvironmentError when not one fits.
 */
export function fitSessions(
  ruleset: Ruleset,
  descriptors: Descriptors | undefined,
  logger: Logger,
): Ruleset {
  if (descriptors === undefined) return ruleset
  const { limits } = ruleset
  const sessions = sessionsThatFit(ruleset, descriptors)
  if (sessions >= limits.sessions) return ruleset
  const limit = `the limit of ${descriptors.limit} open files`
  if (sessions === 0) throw new EnvironmentError(`${limit} leaves none for a session: ${REMEDY}`)
  // Who asked for no number gets what fits, and has nothing to mend.
  logger[limits.sessions === DEFAULTS.limits.sessions ? 'info' : 'warn'](
    `at most ${sessions} sessions at a time and not ${limits.sessions}: ` +
      `no more fit into ${limit} (${REMEDY})`,
  )
  return { ...ruleset, limits: { ...limits, sessions } }
}

const REMEDY = 'ulimit -n raises it, or LimitNOFILE= of a service'
