/** Whether what happened is what explain said. */
import type { Attempt, Held } from './laboratory.ts'

export interface Outcome {
  /** Cells and circumstances in which the real thing does otherwise, with its story. */
  readonly disagreements: readonly string[]
  readonly sessions: number
  readonly working: number
}

/** @param log The packet log of these sessions. */
export function outcomeOf(held: readonly (Attempt & Held)[], log: string): Outcome {
  const reasons = reasonsIn(log)
  return {
    disagreements: held.flatMap((one) => disagreement(one, reasons.get(one.client))),
    sessions: held.length,
    working: held.filter(({ works }) => works).length,
  }
}

/** By the client's endpoint, of everyone on record. */
export function reasonsIn(log: string): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>()
  for (const line of log.trimEnd().split('\n')) {
    const { client, reason } = JSON.parse(line) as { client?: string; reason?: string }
    if (client === undefined) continue
    const own = reasons.get(client) ?? []
    reasons.set(client, reason === undefined ? own : [...own, reason])
  }
  return reasons
}

function disagreement(
  { cell, trial, works, story }: Attempt & Held,
  reasons: readonly string[] | undefined,
): readonly string[] {
  const { protection, command, family } = cell
  const what = `IPv${family} ${protection} ${command} ${JSON.stringify(trial)}\n${story}`
  if (works !== trial.works)
    return [`explain says that it ${trial.works ? 'works' : 'does not work'}: ${what}`]
  const { reason } = trial
  if (reason === 'network.family' || reason === 'network.not-intercepted')
    return reasons === undefined ? [] : [`explain says ${reason}, and it is on record: ${what}`]
  // What else the network does is in no log.
  if (reason === undefined || reason.startsWith('network.')) return []
  if (reasons?.includes(reason) === true) return []
  return [`explain says ${reason}, and the packet log ${reasons?.join(', ')}: ${what}`]
}
