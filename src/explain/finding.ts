/** What becomes of one cell: every set-up of client and server that could matter is tried. */
import type { Evaluator, Profile } from '../engine/rules/ruleset.ts'
import type { PortRange } from '../net/port.ts'
import { ipFamily } from '../net/ip.ts'
import type { Cast } from './cast.ts'
import { type Cell, isActive, isHidden } from './cell.ts'
import { type Circumstances, USUAL } from './circumstances.ts'
import { type Condition, conditionsOf } from './condition.ts'
import { clientStretches, pointOf, serverStretches, sourceStretches } from './port-points.ts'
import { type NetworkReason, type Step, type Trial, tryCell } from './trial.ts'
import type { Reason } from '../engine/session/reason.ts'

export type Outcome = 'works' | 'depends' | 'refused'

export interface Finding {
  readonly cell: Cell
  readonly outcome: Outcome
  readonly conditions: readonly Condition[]
  /** The trial that shows why: the best of those that failed, or the first that worked. */
  readonly telling: Trial
  readonly trials: readonly Trial[]
}

const STEPS: readonly Step[] = ['connect', 'protect', 'login', 'set-up', 'transfer', 'done']

export function findOut(evaluator: Evaluator, cast: Cast, cell: Cell): Finding {
  const first = tryCell(evaluator, cast, cell, USUAL)
  // No data connection is in sight yet, so nothing that concerns one can matter.
  const isEarly = STEPS.indexOf(first.step) < STEPS.indexOf('set-up')
  const stretches = isEarly ? { dataPort: [], sourcePort: [] } : stretchesOf(evaluator, cast, cell)
  const variants = variantsOf(evaluator, cast, cell, first, stretches)
  const trials = variants.map((circumstances) => tryCell(evaluator, cast, cell, circumstances))
  const good = trials.filter(({ step }) => step === 'done')
  if (good.length === 0)
    return { cell, outcome: 'refused', conditions: [], telling: furthest(trials, first), trials }
  const conditions =
    good.length === trials.length ? [] : conditionsOf(cell, cast, trials, stretches)
  const outcome = good.length === trials.length ? 'works' : 'depends'
  return { cell, outcome, conditions, telling: good[0] ?? first, trials }
}

function stretchesOf(
  { ruleset }: Evaluator,
  cast: Cast,
  cell: Cell,
): Record<'dataPort' | 'sourcePort', readonly PortRange[]> {
  return isActive(cell)
    ? { dataPort: clientStretches(ruleset, cast), sourcePort: sourceStretches(ruleset, cast) }
    : { dataPort: serverStretches(ruleset, cast), sourcePort: [] }
}

function variantsOf(
  evaluator: Evaluator,
  cast: Cast,
  cell: Cell,
  { profile }: Trial,
  stretches: Record<'dataPort' | 'sourcePort', readonly PortRange[]>,
): readonly Circumstances[] {
  const names227 =
    cell.command === 'PASV' || ipFamily(cast.client.address) !== ipFamily(cast.server.address)
  const hasOther = ipFamily(cast.known.address) === 4 && cast.known.address !== cast.server.address
  const isTls = cell.protection !== 'clear' && cell.protection !== 'gssapi'
  const tls = evaluator.ruleset.profiles.get(profile ?? 'default')?.tls as Profile['tls']
  const own = { names: 'own-address' } as const
  const isData = stretches.dataPort.length > 0
  const addresses = names227 && hasOther ? [own, { names: 'known-address' } as const] : [own]
  return product<Circumstances>(
    [USUAL],
    [
      stretches.dataPort.map((stretch) => ({ dataPort: pointOf(stretch) })),
      stretches.sourcePort.map((stretch) => ({ sourcePort: pointOf(stretch) })),
      isActive(cell) || !isData ? [] : addresses,
      cell.command === 'PASV' && isHidden(cell) && isData
        ? [{ heedsAddress: true }, { heedsAddress: false }]
        : [],
      isTls && tls.minVersion === 'TLS1.3' ? [{ tlsVersion: '1.3' }, { tlsVersion: '1.2' }] : [],
      isTls && tls.serverNames !== undefined ? [{ namesServer: true }, { namesServer: false }] : [],
    ],
  )
}

/** Every combination; an empty list of choices leaves things as they are. */
function product<T>(base: readonly T[], choices: readonly (readonly Partial<T>[])[]): readonly T[] {
  return choices.reduce<readonly T[]>(
    (all, options) =>
      options.length === 0
        ? all
        : all.flatMap((one) => options.map((option) => ({ ...one, ...option }))),
    base,
  )
}

function furthest(trials: readonly Trial[], first: Trial): Trial {
  return trials.reduce(
    (best, trial) => (STEPS.indexOf(trial.step) > STEPS.indexOf(best.step) ? trial : best),
    trials[0] ?? first,
  )
}

/** Why a cell is refused. */
export function reasonOf({ outcome, telling }: Finding): Reason | NetworkReason | undefined {
  return outcome === 'refused' ? telling.reason : undefined
}
