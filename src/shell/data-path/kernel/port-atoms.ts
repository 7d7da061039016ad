/**
 * The source ports that rules name cut 1–65535 into pieces (`sourcePortAtoms` of the engine). The
 * ruleset of the kernel holds one set of expected connections for each piece, since a set element
 * cannot name a range of ports beside a port that is looked up in a hash. Sessions that run keep their
 * rules, so pieces of earlier rules stay.
 */
import type { PortRange } from '../../../net/port.ts'

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
