/**
 * Finds the few rules that can match, without looking at the others. Each rule is filed under its
 * `from` blocks or its `to` blocks, whichever fewer rules share, and there under its ports: a range
 * is filed like an address, under the smallest aligned block of ports that holds it. A question
 * looks into one bucket for each pair of block sizes that occurs, so its cost depends on how many
 * sizes there are, not on how many rules.
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
  /** Rules without `from` and `to`, as if they had the one block that everything is in. */
  readonly #anywhere: BlockTable = new BlockTable()

  /** `rules` are in ascending order of `index`, usually of one kind. */
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
      else this.#anywhere.add([EVERYTHING], rule)
    }
  }

  /**
   * Lists that together hold every rule whose `from`, `to` and `port` include all of what is asked
   * (and others). `undefined` asks for rules that do not restrict the address at all.
   */
  candidates(
    from: AddressQuestion | undefined,
    to: AddressQuestion | undefined,
    portLow: number,
    portHigh: number,
  ): readonly Candidates[] {
    const found: Candidates[] = []
    if (from !== undefined) this.#from.collect(from, portLow, portHigh, found)
    if (to !== undefined) this.#to.collect(to, portLow, portHigh, found)
    this.#anywhere.collect(EVERYTHING, portLow, portHigh, found)
    return found
  }
}

const EVERYTHING: AddressRange = { family: 4, prefix: 0, low: 0, high: 0 }

/** The rules filed under blocks of one size. */
interface Level {
  readonly family: IpFamily
  readonly prefix: number
  readonly portBits: number
  readonly buckets: Map<AddressValue, CompiledRule[]>
}

class BlockTable {
  readonly #levels: Map<number, Level> = new Map()

  add(blocks: readonly AddressRange[], rule: CompiledRule): void {
    const portBits = sharedBits(rule.portLow, rule.portHigh)
    for (const { family, prefix, low } of blocks) {
      const { buckets } = this.#level(family, prefix, portBits)
      const key = blockKey(low, prefix, portBlock(rule.portLow, portBits))
      const bucket = buckets.get(key)
      if (bucket === undefined) buckets.set(key, [rule])
      else if (bucket.at(-1) !== rule) bucket.push(rule)
    }
  }

  /** How many rules share the fullest of these buckets; no blocks are shared with all rules. */
  crowd(blocks: readonly AddressRange[] | undefined, rule: CompiledRule): number {
    if (blocks === undefined) return Number.POSITIVE_INFINITY
    const portBits = sharedBits(rule.portLow, rule.portHigh)
    let most = 0
    for (const { family, prefix, low } of blocks) {
      const key = blockKey(low, prefix, portBlock(rule.portLow, portBits))
      const bucket = this.#level(family, prefix, portBits).buckets.get(key)
      most = Math.max(most, bucket?.length ?? 0)
    }
    return most
  }

  collect(asked: AddressQuestion, portLow: number, portHigh: number, found: Candidates[]): void {
    const askedBits = sharedBits(portLow, portHigh)
    for (const { family, prefix, portBits, buckets } of this.#levels.values()) {
      if (family !== asked.family || prefix > asked.prefix || portBits > askedBits) continue
      const bucket = buckets.get(blockKey(asked.low, prefix, portBlock(portLow, portBits)))
      if (bucket !== undefined) found.push(bucket)
    }
  }

  #level(family: IpFamily, prefix: number, portBits: number): Level {
    const key = (family * 256 + prefix) * 32 + portBits
    const known = this.#levels.get(key)
    if (known !== undefined) return known
    const level: Level = { family, prefix, portBits, buckets: new Map() }
    this.#levels.set(key, level)
    return level
  }
}

/** How many leading bits two ports share: 16 for a single port, 0 for all of them. */
function sharedBits(low: number, high: number): number {
  return Math.clz32(low ^ high) - 16
}

function portBlock(port: number, bits: number): number {
  return port >> (16 - bits)
}
