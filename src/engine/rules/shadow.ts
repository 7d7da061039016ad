/**
 * Rules that can never match, because an earlier one matches everything they do. Only covering by
 * a single rule is found, not by several together.
 */
import { rangeCovers } from './address-range.ts'
import { quote } from './diagnostic.ts'
import type { Placed } from './parts.ts'
import { type CompiledRule, compileRule, RuleIndex } from './rule-index.ts'
import type { Rule, RuleKind } from './ruleset.ts'

/**
 * Comparisons before the search stops: a second or two of work. Only tens of thousands of rules
 * with the same addresses and ports, each with a `from-port` of its own, come near it.
 */
const COMPARISONS_MAX = 50_000_000

const KINDS: readonly RuleKind[] = ['control', 'active-data', 'passive-data']

export function checkShadows(rules: readonly Placed<Rule>[]): void {
  let comparisonsLeft = COMPARISONS_MAX
  const compiled = rules.map(({ value }, index) => compileRule(value, index))
  for (const kind of KINDS) {
    const group = compiled.filter(({ rule }) => rule.kind === kind)
    const index = new RuleIndex(group)
    for (const later of group) {
      const { earlier, comparisons } = firstCovering(later, index)
      comparisonsLeft -= comparisons
      const placed = rules[later.index]
      const cover = earlier === undefined ? undefined : rules[earlier.index]
      if (placed !== undefined && cover !== undefined) report(placed, cover)
      if (comparisonsLeft > 0) continue
      const message = 'too many rules are alike: from here on, rules that never match are not found'
      placed?.document.report('warning', placed.path, message)
      return
    }
  }
}

function firstCovering(
  later: CompiledRule,
  index: RuleIndex,
): { earlier: CompiledRule | undefined; comparisons: number } {
  let earlier: CompiledRule | undefined
  let comparisons = 0
  // What covers the rule covers its first block, so it is in one of the buckets around that.
  const { portLow, portHigh } = later
  for (const list of index.candidates(later.from?.[0], later.to?.[0], portLow, portHigh)) {
    for (const candidate of list) {
      if (candidate.index >= Math.min(later.index, earlier?.index ?? later.index)) break
      comparisons++
      if (!covers(candidate, later)) continue
      earlier = candidate
      break
    }
  }
  return { earlier, comparisons }
}

function covers(outer: CompiledRule, inner: CompiledRule): boolean {
  return (
    outer.portLow <= inner.portLow &&
    outer.portHigh >= inner.portHigh &&
    outer.fromPortLow <= inner.fromPortLow &&
    outer.fromPortHigh >= inner.fromPortHigh &&
    coversBlocks(outer.from, inner.from) &&
    coversBlocks(outer.to, inner.to)
  )
}

function coversBlocks(outer: CompiledRule['from'], inner: CompiledRule['from']): boolean {
  if (outer === undefined || inner === undefined) return outer === undefined
  return inner.every((block) => outer.some((candidate) => rangeCovers(candidate, block)))
}

function report({ value, document, path }: Placed<Rule>, earlier: Placed<Rule>): void {
  const where = `${quote(earlier.value.name)} at ${earlier.document.position(earlier.path)}`
  const does = earlier.value.action === 'permit' ? 'permits' : 'denies'
  const why = earlier.value.action === value.action ? `already ${does}` : does
  document.report('warning', path, `this rule never matches: ${where} ${why} all of it`)
}
