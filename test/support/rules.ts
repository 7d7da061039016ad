/** Rules of a rule file in their compiled form, for tests that need no file. */
import type { Rule, RuleKind } from '../../src/engine/rules/ruleset.ts'
import { type Cidr, parseCidr } from '../../src/net/cidr.ts'
import { parsePortRange, type PortRange } from '../../src/net/port.ts'

const everything: Pick<Rule, 'from' | 'to' | 'port' | 'fromPort' | 'profile'> = {
  from: undefined,
  to: undefined,
  port: undefined,
  fromPort: undefined,
  profile: undefined,
}

/** Permits everything of its kind but for what `conditions` say. */
export function permit(kind: RuleKind, conditions: Partial<Rule> = {}): Rule {
  return { ...everything, action: 'permit', kind, name: `permit ${kind}`, ...conditions }
}

export function deny(kind: RuleKind, conditions: Partial<Rule> = {}): Rule {
  return { ...everything, action: 'deny', kind, name: `deny ${kind}`, ...conditions }
}

export function block(text: string): Cidr {
  const parsed = parseCidr(text)
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`)
  return parsed
}

export function ports(text: string): PortRange {
  const range = parsePortRange(text)
  if (range === undefined) throw new Error(`not a port range: ${text}`)
  return range
}
