/**
 * The source ports that rules name cut 1–65535 into pieces within which every rule says the same.
 * The ruleset holds one set of expected connections for each piece, since a set element cannot name
 * a range of ports beside a port that is looked up in a hash.
 */
import type { Ruleset } from '../../../engine/rules/ruleset.ts'
import { type PortRange, rangeHas, toPort } from '../../../net/port.ts'

/** The pieces that some data rule permits a connection to come from, lowest first. */
export function portAtoms({ rules }: Ruleset): readonly PortRange[] {
  const named = rules.flatMap((rule) =>
    rule.kind === 'control' || rule.fromPort === undefined ? [] : [rule],
  )
  const starts = new Set<number>([1])
  for (const { fromPort } of named) {
    if (fromPort === undefined) continue
    starts.add(fromPort.first)
    starts.add(fromPort.last + 1)
  }
  const sorted = [...starts].toSorted((a, b) => a - b)
  return sorted.flatMap((start, index) => {
    const first = toPort(start)
    const last = toPort((sorted[index + 1] ?? 65_536) - 1)
    if (first === undefined || last === undefined) return []
    const isPermitted = named.some(
      ({ action, fromPort }) =>
        action === 'permit' && fromPort !== undefined && rangeHas(fromPort, first),
    )
    return isPermitted ? [{ first, last }] : []
  })
}

/** The pieces that are new, if any, after those that are there. */
export function withAtoms(
  known: readonly PortRange[],
  more: readonly PortRange[],
): readonly PortRange[] {
  const added = more.filter((range) => !known.some((other) => isSame(range, other)))
  return added.length === 0 ? known : [...known, ...added]
}

function isSame(a: PortRange, b: PortRange): boolean {
  return a.first === b.first && a.last === b.last
}
