/**
 * Finds the few rules that can match, without looking at the others. Each rule is filed under its
 * `from` blocks or its `to` blocks, whichever fewer rules share, together with its port when that
 * is a single one. A question looks into one bucket per prefix length that occurs, so its cost
 * depends on how many *lengths* there are, not on how many rules.
 */
import type { IpFamily } from '../../net/ip.ts'
import { type AddressRange, type AddressValue, addressRange, blockKey } from './address-range.ts'
import type { Rule } from './ruleset.ts'

/** A rule with every condition as numbers; an absent port condition is every port. */
export interface CompiledRule {
  readonly rule: Rule
  /** Its place among the rules it was compiled with, from 0. */
  readonly index: number
  readonly from: readonly AddressRange[] | undefined
  readonly to: readonly AddressRange[] | undefined
  readonly portLow: number
  readonly portHigh: number
  readonly fromPortLow: number
  readonly fromPortHigh: number
}

export function compileRule(rule: Rule, index: number): CompiledRule {
  return {
    rule,
    index,
    from: rule.from?.map(addressRange),
    to: rule.to?.map(addressRange),
    portLow: rule.port?.first ?? 1,
    portHigh: rule.port?.last ?? 65_535,
    fromPortLow: rule.fromPort?.first ?? 1,
    fromPortHigh: rule.fromPort?.last ?? 65_535,
  }
}

/** A block that is asked about; of an address, the one with the full prefix length. */
export type AddressQuestion = Pick<AddressRange, 'family' | 'prefix' | 'low'>

/** Rules in their order; each of the lists that an index answers with is one. */
export type Candidates = readonly CompiledRule[]

export class RuleIndex {
  readonly #from: BlockTable = new BlockTable()
  readonly #to: BlockTable = new BlockTable()
  /** Rules without `from` and `to`, by port. */
  readonly #anywhere: Map<number, CompiledRule[]> = new Map()

  /** `rules` are of one kind, in ascending order of `index`. */
  constructor(rules: Candidates) {
    const fromCounts = new BlockTable()
    const toCounts = new BlockTable()
    for (const rule of rules) {
      fromCounts.add(rule.from ?? [], rule)
      toCounts.add(rule.to ?? [], rule)
    }
    for (const rule of rules) {
      const byFrom = fromCounts.crowd(rule.from, rule)
      const byTo = toCounts.crowd(rule.to, rule)
      if (rule.from !== undefined && byFrom <= byTo) this.#from.add(rule.from, rule)
      else if (rule.to !== undefined) this.#to.add(rule.to, rule)
      else append(this.#anywhere, singlePort(rule), rule)
    }
  }

  /**
   * Lists that together hold every rule whose `from`, `to` and `port` include all of what is asked
   * (and others). `undefined` asks for rules that do not restrict it; so does `port` 0.
   */
  candidates(
    from: AddressQuestion | undefined,
    to: AddressQuestion | undefined,
    port: number,
  ): readonly Candidates[] {
    const found: Candidates[] = []
    if (from !== undefined) this.#from.collect(from, port, found)
    if (to !== undefined) this.#to.collect(to, port, found)
    const anyPort = this.#anywhere.get(0)
    if (anyPort !== undefined) found.push(anyPort)
    const thisPort = port === 0 ? undefined : this.#anywhere.get(port)
    if (thisPort !== undefined) found.push(thisPort)
    return found
  }
}

type Buckets = Map<AddressValue, CompiledRule[]>

/** Rules by address block: for each family and prefix length that occurs a map of its own. */
class BlockTable {
  readonly #levels: Record<IpFamily, Map<number, Buckets>> = { 4: new Map(), 6: new Map() }

  add(blocks: readonly AddressRange[], rule: CompiledRule): void {
    for (const { family, prefix, low } of blocks) {
      let level = this.#levels[family].get(prefix)
      if (level === undefined) this.#levels[family].set(prefix, (level = new Map()))
      append(level, blockKey(low, prefix, singlePort(rule)), rule)
    }
  }

  /** How many rules share the fullest of these buckets. */
  crowd(blocks: readonly AddressRange[] | undefined, rule: CompiledRule): number {
    let most = 0
    for (const { family, prefix, low } of blocks ?? []) {
      const bucket = this.#levels[family].get(prefix)?.get(blockKey(low, prefix, singlePort(rule)))
      most = Math.max(most, bucket?.length ?? 0)
    }
    return blocks === undefined ? Number.POSITIVE_INFINITY : most
  }

  collect(question: AddressQuestion, port: number, found: Candidates[]): void {
    for (const [prefix, level] of this.#levels[question.family]) {
      if (prefix > question.prefix) continue
      const anyPort = level.get(blockKey(question.low, prefix, 0))
      if (anyPort !== undefined) found.push(anyPort)
      if (port === 0) continue
      const thisPort = level.get(blockKey(question.low, prefix, port))
      if (thisPort !== undefined) found.push(thisPort)
    }
  }
}

/** The port that a rule is filed under: its only one, or 0 when it has several. */
function singlePort(rule: CompiledRule): number {
  return rule.portLow === rule.portHigh ? rule.portLow : 0
}

function append<K>(buckets: Map<K, CompiledRule[]>, key: K, rule: CompiledRule): void {
  const bucket = buckets.get(key)
  if (bucket === undefined) buckets.set(key, [rule])
  else if (bucket.at(-1) !== rule) bucket.push(rule)
}
