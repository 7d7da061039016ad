/** What a running process goes on with, whatever a new rule file says. */
import type { Logger } from 'pino'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { planInterception } from '../shell/intercept/plan.ts'
import { neededCapabilities } from '../shell/privileges/capabilities.ts'
import { hasActiveMode } from './port-20.ts'

/**
 * The keys of what changed and takes a restart. Not among them are `passive-ports` and what else a
 * listener says, such as `server`, `nat`, `tls` or `server-passive-ports`: each new session goes by
 * the rule file as it is now.
 */
export function needRestart(before: Ruleset, now: Ruleset): readonly string[] {
  const ofBoth: Readonly<Record<string, (ruleset: Ruleset) => unknown>> = {
    listeners: ({ listeners }) =>
      listeners.map(({ name, listen, intercept }) => [name, listen, intercept === 'tproxy']),
    // What leads connections here was made for the listeners of the start.
    'intercept and keep-client-address': interception,
    'data-path': ({ dataPath }) => dataPath,
    workers: ({ workers }) => workers,
    'reserve-ports': ({ reservePorts }) => reservePorts,
    'packet-log': ({ packetLog }) => packetLog,
  }
  return Object.entries(ofBoth).flatMap(([what, look]) =>
    JSON.stringify(look(before)) === JSON.stringify(look(now)) ? [] : [what],
  )
}

/** Whether the new rules ask for a privilege that was given up with root. */
export function needsMorePrivileges(before: Ruleset, now: Ruleset): boolean {
  const kept = new Set(needed(before))
  return needed(now).some((capability) => !kept.has(capability))
}

/** Says in the log what of `now` does not hold before a restart. */
export function warnOfRestart(
  before: Ruleset,
  now: Ruleset,
  { isUnprivileged, logger }: { readonly isUnprivileged: boolean; readonly logger: Logger },
): void {
  for (const what of needRestart(before, now)) logger.warn(`${what} changed: that takes a restart`)
  if (isUnprivileged && needsMorePrivileges(before, now))
    logger.warn('the new rules need a privilege that was given up: that takes a restart')
}

/** Those that a process with these rules keeps. */
export function needed(ruleset: Ruleset): ReturnType<typeof neededCapabilities> {
  return neededCapabilities(ruleset, { hasActiveMode: hasActiveMode(ruleset) })
}

function interception(ruleset: Ruleset): unknown {
  try {
    return planInterception(ruleset)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
