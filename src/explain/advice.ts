/**
 * "A few simple steps": for each cell that does not simply work, the least that would have to change.
 * Changes of the rule file are tried on a copy of the rules, again through the engine; none is
 * advised that was not seen to help, and none that is not needed.
 */
import { createEvaluator } from '../engine/rules/evaluate.ts'
import type { Evaluator, Ruleset } from '../engine/rules/ruleset.ts'
import type { Cell } from './cell.ts'
import { applied, type Change, formatChanges, withChange } from './change.ts'
import type { Condition } from './condition.ts'
import { clientsFor, type ExplainedCell, explainCell, type ListenerExplanation } from './explain.ts'
import { type Ailing, remedies } from './remedies.ts'

/** Changes of the rule file that are worth it for some cells. */
export interface Advice {
  readonly changes: readonly Change[]
  /** The changes as lines of a rule file. */
  readonly yaml: string
  readonly cells: readonly AdvisedCell[]
}

export interface AdvisedCell {
  readonly cell: Cell
  /** What the transfer then depends on; nothing where it simply works. */
  readonly conditions: readonly Condition[]
}

/** What no change of the rules makes work, and what works in its place. */
export interface Hopeless {
  readonly cell: Cell
  readonly instead: readonly Cell[]
}

/** Enough for a listener, a rule for it, a profile key and a rule for data. */
const CHANGES_MAX = 6

/** For each refused cell; equal advice is given once. */
export function advise(
  ruleset: Ruleset,
  explanation: ListenerExplanation,
): { readonly advice: readonly Advice[]; readonly hopeless: readonly Hopeless[] } {
  const found = new Map<string, Advice>()
  const hopeless: Hopeless[] = []
  for (const { cell, outcome } of explanation.cells) {
    if (outcome !== 'refused') continue
    const first: State = { ruleset, listener: explanation.listener.name, changes: [] }
    const cured = cure(first, explanation, cell)
    if (cured === undefined) {
      hopeless.push({ cell, instead: insteadOf(cell, explanation) })
      continue
    }
    const changes = needed(ruleset, cured.changes, explanation, cell)
    const yaml = formatChanges(changes)
    const cells = found.get(yaml)?.cells ?? []
    const { conditions } = cured.cell
    found.set(yaml, { changes, yaml, cells: [...cells, { cell, conditions }] })
  }
  return { advice: [...found.values()], hopeless }
}

/** What the same client can do: another command, or the same one where it can be read. */
function insteadOf(
  { protection, command, family }: Cell,
  { cells }: ListenerExplanation,
): readonly Cell[] {
  const possible = cells.filter(({ outcome }) => outcome !== 'refused').map(({ cell }) => cell)
  return possible.filter(
    (one) =>
      one.family === family &&
      (one.protection === protection || (one.protection === 'tls-ccc' && one.command === command)),
  )
}

interface State {
  readonly ruleset: Ruleset
  /** Where the client connects: the listener of the question, or one that was added. */
  readonly listener: string
  readonly changes: readonly Change[]
}

interface Cured {
  readonly changes: readonly Change[]
  readonly cell: ExplainedCell
}

/** Takes the obstacles one after the other until there is none. */
function cure(from: State, explanation: ListenerExplanation, cell: Cell): Cured | undefined {
  let state = from
  for (let step = 0; step <= CHANGES_MAX; step += 1) {
    const evaluator = createEvaluator(state.ruleset)
    const ailing = look(evaluator, state.listener, explanation, cell)
    if (ailing === undefined) return undefined
    if (ailing.cell.outcome !== 'refused') return { changes: state.changes, cell: ailing.cell }
    const change = remedies(ailing).find((one) => isNew(one, state.changes))
    if (change === undefined) return undefined
    state = {
      ruleset: applied(state.ruleset, change),
      listener: change.type === 'new-listener' ? change.listener.name : state.listener,
      changes: withChange(state.changes, change),
    }
  }
  return undefined
}

/** The cell as it is with these rules, for the same client. */
function look(
  evaluator: Evaluator,
  name: string,
  explanation: ListenerExplanation,
  cell: Cell,
): Ailing | undefined {
  const listener = evaluator.ruleset.listeners.find((one) => one.name === name)
  const before = explanation.clients.find(({ family }) => family === cell.family)
  if (listener === undefined || before === undefined) return undefined
  const question = { client: before.client.address, server: before.server.address }
  const clients = clientsFor(evaluator, listener, cell.family, question)
  const { rule, isPermitted } = before.client
  return {
    evaluator,
    listener,
    clients,
    cell: explainCell(evaluator, clients, cell, listener),
    admittedBy: isPermitted ? rule : undefined,
  }
}

function isNew(change: Change, changes: readonly Change[]): boolean {
  return !changes.some((one) => formatChanges([one]) === formatChanges([change]))
}

/** Leaves out what helps no more, now that the rest is there. */
function needed(
  ruleset: Ruleset,
  changes: readonly Change[],
  explanation: ListenerExplanation,
  cell: Cell,
): readonly Change[] {
  return changes.reduce<readonly Change[]>((kept, change) => {
    const without = kept.filter((one) => one !== change)
    const added = without.findLast((one) => one.type === 'new-listener')
    const evaluator = createEvaluator(without.reduce(applied, ruleset))
    const name = added?.listener.name ?? explanation.listener.name
    const looked = look(evaluator, name, explanation, cell)
    return looked !== undefined && looked.cell.outcome !== 'refused' ? without : kept
  }, changes)
}
