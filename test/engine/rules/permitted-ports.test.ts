import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import {
  permittedPorts,
  permittedSourcePorts,
  sourcePartsOf,
  sourcePortAtoms,
} from '../../../src/engine/rules/permitted-ports.ts'
import type { Rule } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import {
  formatPortRange,
  port,
  type PortRange,
  portRange,
  rangeHas,
} from '../../../src/net/port.ts'
import { block, deny, permit, ports } from '../../support/rules.ts'
import { facts as anyFacts, rules as anyRules, withRules } from './rule-sets.ts'

const S = ip('10.0.0.20')
const C = ip('198.51.100.10')

function shown(ranges: readonly PortRange[]): string {
  return ranges.map(formatPortRange).join(' ')
}

function evaluatorOf(...rules: readonly Rule[]): ReturnType<typeof createEvaluator> {
  return createEvaluator(withRules(rules))
}

describe('source ports', () => {
  test('no data rule names one: there is nothing to divide', () => {
    const rules = [permit('control'), permit('active-data', { port: ports('1024-65535') })]
    expect(sourcePortAtoms(withRules(rules))).toEqual([])
    expect(sourcePartsOf(rules)).toEqual([])
  })

  test.each([
    [['20'], '1-19 20 21-65535'],
    [['1024-65535'], '1-1023 1024-65535'],
    [['1-65535'], '1-65535'],
    [['20', '10-30', '20-40'], '1-9 10-19 20 21-30 31-40 41-65535'],
  ])('%j divide the ports into %s', (named, parts) => {
    const rules = named.map((one) => permit('active-data', { fromPort: ports(one) }))
    expect(shown(sourcePortAtoms(withRules(rules)))).toBe(parts)
  })

  test('the parts from which the rules permit; a deny before it counts', () => {
    const evaluator = evaluatorOf(
      deny('active-data', { fromPort: ports('1-19') }),
      permit('active-data', { from: [block('10.0.0.0/24')], fromPort: ports('1-20') }),
    )
    const facts = { kind: 'active-data', from: S, to: C, port: port(5000) } as const
    expect(shown(permittedSourcePorts(evaluator, facts))).toBe('20')
    expect(permittedSourcePorts(evaluator, { ...facts, from: ip('10.9.9.9') })).toEqual([])
  })
})

describe('destination ports', () => {
  const facts = { kind: 'passive-data', from: C, to: S, fromPort: undefined } as const

  test('what several rules permit is one range; what one denies is left out', () => {
    const evaluator = evaluatorOf(
      deny('passive-data', { port: ports('40010-40019') }),
      permit('passive-data', { port: ports('40000-40029') }),
      permit('passive-data', { port: ports('40030-40039') }),
      permit('active-data'),
    )
    const among = ports('40005-50000')
    expect(shown(permittedPorts(evaluator, facts, among))).toBe('40005-40009 40020-40039')
    const active = { ...facts, kind: 'active-data' } as const
    expect(shown(permittedPorts(evaluator, active, among))).toBe('40005-50000')
  })

  test('what hangs on the source port is permitted only where that is known', () => {
    const evaluator = evaluatorOf(permit('active-data', { fromPort: ports('20') }))
    const active = { kind: 'active-data', from: S, to: C } as const
    const among = ports('1024-65535')
    expect(permittedPorts(evaluator, { ...active, fromPort: undefined }, among)).toEqual([])
    expect(shown(permittedPorts(evaluator, { ...active, fromPort: port(20) }, among))).toBe(
      '1024-65535',
    )
    expect(permittedPorts(evaluator, { ...active, fromPort: port(21) }, among)).toEqual([])
  })
})

test('the ports that are named are those that a question for each would find', () => {
  fc.assert(
    fc.property(anyRules, anyFacts, (rules, { from, to, kind, port: some, fromPort }) => {
      const evaluator = createEvaluator(withRules(rules))
      const data = kind === 'control' ? 'passive-data' : kind
      const among = portRange(Math.max(1, some - 3), Math.min(65_535, some + 3))
      const permitted = permittedPorts(evaluator, { kind: data, from, to, fromPort }, among)
      for (let number = among.first; number <= among.last; number = (number + 1) as typeof some) {
        const verdict = evaluator.evaluate({ kind: data, from, to, port: number, fromPort })
        const expected = verdict.type === 'permit' && !verdict.conditional
        expect(permitted.some((range) => rangeHas(range, number))).toBe(expected)
      }
      const asked = { kind: data, from, to, port: some }
      const sources = permittedSourcePorts(evaluator, asked)
      const parts = sourcePortAtoms(evaluator.ruleset)
      for (const source of [1, 20, 21, 1024, 32_768, 65_535].map(port)) {
        if (parts.length === 0) break
        const verdict = evaluator.evaluate({ ...asked, fromPort: source })
        expect(sources.some((range) => rangeHas(range, source))).toBe(verdict.type === 'permit')
      }
    }),
  )
})
