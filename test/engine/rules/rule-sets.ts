/** Random rules and facts that meet often: few addresses and ports, many shapes of conditions. */
import fc from 'fast-check'
import type { Facts, Rule, RuleKind, Ruleset, Verdict } from '../../../src/engine/rules/ruleset.ts'
import { type Cidr, cidrHas, familyBits, networkOf } from '../../../src/net/cidr.ts'
import { type Ip, ip, ipFamily } from '../../../src/net/ip.ts'
import { type Port, type PortRange, port, rangeHas } from '../../../src/net/port.ts'
import { rulesetOf } from './loading.ts'

const ADDRESSES: readonly Ip[] = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.1.1',
  '10.128.0.1',
  '0.0.0.1',
  '255.255.255.255',
  '2001:db8::1',
  '2001:db8::2',
  '2001:db8:0:1::1',
  '::1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
].map(ip)
const PORTS: readonly Port[] = [1, 20, 21, 22, 1023, 1024, 32_767, 32_768, 60_000, 65_535].map(port)
const KINDS: readonly RuleKind[] = ['control', 'active-data', 'passive-data']

const address: fc.Arbitrary<Ip> = fc.constantFrom(...ADDRESSES)
const somePort: fc.Arbitrary<Port> = fc.constantFrom(...PORTS)

const block: fc.Arbitrary<Cidr> = fc
  .tuple(address, fc.constantFrom(0, 1, 8, 24, 31, 32, 64, 127, 128))
  .map(([one, length]) => {
    const prefix = Math.min(length, familyBits(ipFamily(one)))
    return { address: networkOf(one, prefix), prefix }
  })

const range: fc.Arbitrary<PortRange> = fc.tuple(somePort, somePort).map(([a, b]) => ({
  first: a < b ? a : b,
  last: a < b ? b : a,
}))

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined })
}

export const rules: fc.Arbitrary<readonly Rule[]> = fc
  .array(
    fc.record({
      action: fc.constantFrom('permit' as const, 'deny' as const),
      kind: fc.constantFrom(...KINDS),
      from: maybe(fc.array(block, { minLength: 1, maxLength: 3 })),
      to: maybe(fc.array(block, { minLength: 1, maxLength: 3 })),
      port: maybe(range),
      fromPort: maybe(range),
      profile: fc.constant(undefined),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((rule, index) => ({ ...rule, name: `rule ${index + 1}` })))

export const facts: fc.Arbitrary<Facts> = fc.record({
  kind: fc.constantFrom(...KINDS),
  from: address,
  to: address,
  port: somePort,
  fromPort: maybe(somePort),
})

export function withRules(list: readonly Rule[]): Ruleset {
  return { ...rulesetOf('version: 1'), rules: list }
}

/** First match wins, written as plainly as it is said: what the index is compared with. */
export function evaluateNaively(list: readonly Rule[], asked: Facts): Verdict {
  let passedOver = false
  for (const rule of list) {
    if (!matchesNaively(rule, asked)) continue
    const depends = asked.fromPort === undefined && rule.fromPort !== undefined
    if (rule.action === 'permit')
      return { type: 'permit', rule, conditional: depends || passedOver }
    if (!depends) return { type: 'deny', rule, conditional: false }
    passedOver = true
  }
  return { type: 'deny', rule: undefined, conditional: false }
}

function matchesNaively(rule: Rule, asked: Facts): boolean {
  const within = (blocks: readonly Cidr[] | undefined, one: Ip): boolean =>
    blocks === undefined || blocks.some((candidate) => cidrHas(candidate, one))
  const inRange = (ports: PortRange | undefined, one: Port | undefined): boolean =>
    ports === undefined || one === undefined || rangeHas(ports, one)
  return (
    rule.kind === asked.kind &&
    within(rule.from, asked.from) &&
    within(rule.to, asked.to) &&
    inRange(rule.port, asked.port) &&
    inRange(rule.fromPort, asked.fromPort)
  )
}
