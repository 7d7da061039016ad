import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { Facts, Rule, RuleKind } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { type Port, port } from '../../../src/net/port.ts'
import { rulesetOf } from './loading.ts'
import { evaluateNaively, facts, rules, withRules } from './rule-sets.ts'

function ask(
  lines: readonly string[],
  kind: RuleKind,
  from: string,
  to: string,
  toPort: number,
  fromPort?: number,
): string {
  const text = `version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`
  const verdict = createEvaluator(rulesetOf(text)).evaluate({
    kind,
    from: ip(from),
    to: ip(to),
    port: port(toPort),
    fromPort: fromPort === undefined ? undefined : port(fromPort),
  })
  const condition = verdict.conditional ? ' if the source port is right' : ''
  return `${verdict.type} by ${verdict.rule?.name ?? 'default'}${condition}`
}

describe('K4 the first rule that matches decides', () => {
  const wide = '{ permit: control, from: 10.0.0.0/8 }'
  const narrow = '{ deny: control, from: 10.0.0.20 }'

  test('both orders of a wide permit and a narrow deny', () => {
    expect(ask([wide, narrow], 'control', '10.0.0.20', '192.0.2.1', 21)).toBe('permit by rule 1')
    expect(ask([narrow, wide], 'control', '10.0.0.20', '192.0.2.1', 21)).toBe('deny by rule 1')
    expect(ask([narrow, wide], 'control', '10.0.0.21', '192.0.2.1', 21)).toBe('permit by rule 2')
  })

  test('what no rule permits is denied', () => {
    expect(ask([wide], 'control', '11.0.0.1', '192.0.2.1', 21)).toBe('deny by default')
    expect(ask([wide], 'passive-data', '10.0.0.1', '192.0.2.1', 21)).toBe('deny by default')
    expect(ask([wide], 'control', '2001:db8::1', '192.0.2.1', 21)).toBe('deny by default')
  })

  test('an IPv4-mapped client is its IPv4 address', () => {
    expect(ask([wide], 'control', '::ffff:10.0.0.1', '192.0.2.1', 21)).toBe('permit by rule 1')
  })
})

describe('a source port that is not known yet', () => {
  const lines = [
    '{ deny: active-data, from-port: 1-19, to: 10.0.0.1 }',
    '{ permit: active-data, from-port: 20, to: 10.0.0.1 }',
    '{ permit: active-data, to: 10.0.0.2 }',
  ]
  const to = (address: string, fromPort?: number): string =>
    ask(lines, 'active-data', '192.0.2.1', address, 5000, fromPort)

  test('permits conditionally', () => {
    expect(to('10.0.0.1')).toBe('permit by rule 2 if the source port is right')
    expect(to('10.0.0.1', 20)).toBe('permit by rule 2')
    expect(to('10.0.0.1', 7)).toBe('deny by rule 1')
    expect(to('10.0.0.1', 21)).toBe('deny by default')
  })

  test('permits without condition where no rule asks for it', () => {
    expect(to('10.0.0.2')).toBe('permit by rule 3')
  })

  test('a deny that was passed over makes a later permit conditional', () => {
    const rest = ['{ deny: active-data, from-port: 1-19 }', '{ permit: active-data }']
    expect(ask(rest, 'active-data', '192.0.2.1', '10.0.0.1', 5000)).toBe(
      'permit by rule 2 if the source port is right',
    )
    expect(ask(rest, 'active-data', '192.0.2.1', '10.0.0.1', 5000, 7)).toBe('deny by rule 1')
  })
})

describe('property', () => {
  test('K4 the index answers as a walk through the rules does', () => {
    fc.assert(
      fc.property(rules, fc.array(facts, { minLength: 1, maxLength: 20 }), (list, questions) => {
        const evaluator = createEvaluator(withRules(list))
        for (const asked of questions) {
          expect(evaluator.evaluate(asked)).toEqual(evaluateNaively(list, asked))
          // The second answer comes from the cache.
          expect(evaluator.evaluate({ ...asked })).toEqual(evaluateNaively(list, asked))
        }
      }),
      { numRuns: 500 },
    )
  }, 60_000)

  test('what is announced and what arrives agree', () => {
    const ports = [1, 20, 21, 22, 1023, 1024, 32_767, 32_768, 60_000, 65_535].map(port)
    fc.assert(
      fc.property(rules, facts, (list, asked) => {
        const evaluator = createEvaluator(withRules(list))
        const announced = evaluator.evaluate({ ...asked, fromPort: undefined })
        const arrived = ports.map((fromPort) => evaluator.evaluate({ ...asked, fromPort }).type)
        if (announced.type === 'deny') expect(arrived).not.toContain('permit')
        else if (!announced.conditional) expect(arrived).not.toContain('deny')
      }),
      { numRuns: 500 },
    )
  }, 60_000)
})

test('verdicts for more questions than the cache holds stay right', () => {
  const evaluator = createEvaluator(
    rulesetOf('version: 1\nrules: [{ permit: passive-data, port: 1024-65535 }]'),
  )
  const asked = (value: number): Facts => ({
    kind: 'passive-data',
    from: ip('10.0.0.1'),
    to: ip('10.0.0.2'),
    port: value as Port,
    fromPort: undefined,
  })
  for (let round = 0; round < 2; round++)
    for (let value = 1; value <= 30_000; value++)
      if ((evaluator.evaluate(asked(value)).type === 'permit') !== value >= 1024)
        expect.fail(`port ${value}`)
})

test('a verdict names the very rule of the ruleset', () => {
  const ruleset = rulesetOf('version: 1\nrules: [{ permit: control, profile: default }]')
  const evaluator = createEvaluator(ruleset)
  const rule: Rule | undefined = evaluator.evaluate({
    kind: 'control',
    from: ip('10.0.0.1'),
    to: ip('10.0.0.2'),
    port: port(21),
    fromPort: port(1234),
  }).rule
  expect(rule).toBe(ruleset.rules[0])
  expect(evaluator.ruleset).toBe(ruleset)
})
