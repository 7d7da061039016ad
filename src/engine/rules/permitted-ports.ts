/**
 * Which ports the rules permit, asked before anybody connects: a data path in the kernel lets a
 * connection through without asking, so it has to be told beforehand. Between the ends of the port
 * ranges that rules name nothing changes, so one question for each part between them is enough.
 */
import { joinRanges, type PortRange, port, portRange } from '../../net/port.ts'
import type { Evaluator, Facts, Rule, RuleKind, Ruleset } from './ruleset.ts'

/** What a rule file divides the ports into, by what its rules of one kind are asked about. */
interface Divisions {
  readonly fromPort: readonly PortRange[]
  readonly port: Readonly<Record<'active-data' | 'passive-data', readonly PortRange[]>>
}

const ALL_PORTS: PortRange = portRange(1, 65_535)

const known = new WeakMap<Ruleset, Divisions>()

/**
 * The parts that the `from-port` ranges of data rules divide all ports into: no rule tells two ports
 * of one part from each other. Empty where no data rule names a source port.
 */
export function sourcePortAtoms(ruleset: Ruleset): readonly PortRange[] {
  return divisionsOf(ruleset).fromPort
}

/** The parts (as {@link sourcePortAtoms} has them) from which the rules permit a connection. */
export function permittedSourcePorts(
  evaluator: Evaluator,
  facts: Omit<Facts, 'fromPort'>,
): readonly PortRange[] {
  return sourcePortAtoms(evaluator.ruleset).filter(
    ({ first }) => evaluator.evaluate({ ...facts, fromPort: first }).type === 'permit',
  )
}

/**
 * The ports of `among` that the rules permit a data connection to. Those that are permitted from some
 * source ports alone are left out, unless the source port is known.
 */
export function permittedPorts(
  evaluator: Evaluator,
  facts: Omit<Facts, 'port' | 'kind'> & { readonly kind: Exclude<RuleKind, 'control'> },
  among: PortRange,
): readonly PortRange[] {
  const permitted = divisionsOf(evaluator.ruleset).port[facts.kind].flatMap((part): PortRange[] => {
    const first = Math.max(part.first, among.first)
    const last = Math.min(part.last, among.last)
    if (first > last) return []
    const { type, conditional } = evaluator.evaluate({ ...facts, port: port(first) })
    return type === 'permit' && !conditional ? [portRange(first, last)] : []
  })
  return joinRanges(permitted)
}

function divisionsOf(ruleset: Ruleset): Divisions {
  const earlier = known.get(ruleset)
  if (earlier !== undefined) return earlier
  const { rules } = ruleset
  const divisions: Divisions = {
    fromPort: sourcePartsOf(rules),
    port: {
      'active-data': portPartsOf(rules, 'active-data'),
      'passive-data': portPartsOf(rules, 'passive-data'),
    },
  }
  known.set(ruleset, divisions)
  return divisions
}

/** As {@link sourcePortAtoms}, of rules that are no ruleset yet. */
export function sourcePartsOf(rules: readonly Rule[]): readonly PortRange[] {
  const named = rules.flatMap(({ kind, fromPort }) =>
    kind === 'control' || fromPort === undefined ? [] : [fromPort],
  )
  return named.length === 0 ? [] : partsBetween(named)
}

function portPartsOf(rules: readonly Rule[], kind: RuleKind): readonly PortRange[] {
  return partsBetween(
    rules.flatMap((rule) => (rule.kind === kind && rule.port !== undefined ? [rule.port] : [])),
  )
}

function partsBetween(ranges: readonly PortRange[]): readonly PortRange[] {
  const starts = new Set<number>([ALL_PORTS.first])
  for (const { first, last } of ranges) {
    starts.add(first)
    if (last < ALL_PORTS.last) starts.add(last + 1)
  }
  const sorted = [...starts].toSorted((a, b) => a - b)
  return sorted.map((first, index) => portRange(first, (sorted[index + 1] ?? 65_536) - 1))
}
