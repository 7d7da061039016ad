/**
 * Asks a ruleset about one connection: the first rule that matches decides, and what no rule
 * permits is denied.
 *
 * While a connection is only announced its source port is not known. Then a rule with a
 * `from-port` *may* match: if it permits, so does the verdict, conditionally; if it denies, it is
 * passed over, and a permit further down is conditional as well. A conditional permit opens a
 * pinhole; the connection that arrives is evaluated again with its port.
 */
import { LRUCache } from 'lru-cache'
import { familyBits } from '../../net/cidr.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import { type AddressRange, type AddressValue, addressValue } from './address-range.ts'
import { type AddressQuestion, type CompiledRule, compileRule, RuleIndex } from './rule-index.ts'
import type { Evaluator, Facts, Rule, RuleKind, Ruleset, Verdict } from './ruleset.ts'

/** Enough for the connections of a busy minute; some 200 bytes each. */
const CACHED_VERDICTS_MAX = 10_000

/** Compiles a ruleset. Takes time in proportion to the rules; a verdict then does not. */
export function createEvaluator(ruleset: Ruleset): Evaluator {
  const compiled = ruleset.rules.map(compileRule)
  const indexOf = (kind: RuleKind): RuleIndex =>
    new RuleIndex(compiled.filter(({ rule }) => rule.kind === kind))
  const indexes: Readonly<Record<RuleKind, RuleIndex>> = {
    control: indexOf('control'),
    'active-data': indexOf('active-data'),
    'passive-data': indexOf('passive-data'),
  }
  const cache = new LRUCache<string, Verdict>({ max: CACHED_VERDICTS_MAX })
  return {
    ruleset,
    evaluate(facts: Facts): Verdict {
      const key = `${facts.kind} ${facts.from} ${facts.to} ${facts.port} ${facts.fromPort ?? ''}`
      const known = cache.get(key)
      if (known !== undefined) return known
      const verdict = decide(indexes[facts.kind], facts)
      cache.set(key, verdict)
      return verdict
    },
  }
}

function decide(index: RuleIndex, facts: Facts): Verdict {
  const from = question(facts.from)
  const to = question(facts.to)
  const candidates = index.candidates(from, to, facts.port, facts.port)
  let deciding: CompiledRule | undefined
  let firstPassedOver = Number.POSITIVE_INFINITY
  for (const list of candidates) {
    for (const rule of list) {
      if (deciding !== undefined && rule.index >= deciding.index) break
      if (!matches(rule, from, to, facts)) continue
      if (facts.fromPort === undefined && isDenyBySourcePort(rule.rule)) {
        firstPassedOver = Math.min(firstPassedOver, rule.index)
        continue
      }
      deciding = rule
      break
    }
  }
  if (deciding === undefined) return { type: 'deny', rule: undefined, conditional: false }
  const { rule } = deciding
  const dependsOnPort = rule.fromPort !== undefined || firstPassedOver < deciding.index
  return {
    type: rule.action,
    rule,
    conditional: rule.action === 'permit' && facts.fromPort === undefined && dependsOnPort,
  }
}

function question(address: Ip): AddressQuestion {
  const family = ipFamily(address)
  return { family, prefix: familyBits(family), low: addressValue(address) }
}

function matches(
  rule: CompiledRule,
  from: AddressQuestion,
  to: AddressQuestion,
  { port, fromPort }: Facts,
): boolean {
  return (
    port >= rule.portLow &&
    port <= rule.portHigh &&
    (fromPort === undefined || (fromPort >= rule.fromPortLow && fromPort <= rule.fromPortHigh)) &&
    (rule.from === undefined || rule.from.some((block) => includes(block, from))) &&
    (rule.to === undefined || rule.to.some((block) => includes(block, to)))
  )
}

function includes(block: AddressRange, { family, low }: AddressQuestion): boolean {
  const value: AddressValue = low
  return block.family === family && block.low <= value && value <= block.high
}

function isDenyBySourcePort(rule: Rule): boolean {
  return rule.action === 'deny' && rule.fromPort !== undefined
}
