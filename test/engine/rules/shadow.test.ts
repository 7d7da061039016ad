import { describe, expect, test } from 'vitest'
import { checkShadows } from '../../../src/engine/rules/shadow.ts'
import { RuleDocument } from '../../../src/engine/rules/document.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { problemsOf, problemsOfRules, rulesetOf } from './loading.ts'
import type { Rule } from '../../../src/engine/rules/ruleset.ts'

describe('rules that never match', () => {
  test('K4 both orders of a wide permit and a narrow deny', () => {
    expect(
      problemsOfRules(
        '{ permit: control, from: 10.0.0.0/8 }',
        '{ deny: control, from: 10.0.0.20 }',
      ),
    ).toEqual(['2:5 warning this rule never matches: "rule 1" at r:3:5 permits all of it'])
    expect(
      problemsOfRules(
        '{ deny: control, from: 10.0.0.20 }',
        '{ permit: control, from: 10.0.0.0/8 }',
      ),
    ).toEqual([])
  })

  test('K4 the earlier rule is named with its place, also in another file', () => {
    expect(
      problemsOf(`version: 1
rules:
  - { permit: control, name: partners, from: [10.1.0.0/16, 10.2.0.0/16] }
  - { permit: control, from: 10.2.3.0/24, port: 21 }
  - { deny: active-data }
  - { deny: passive-data }
`),
    ).toMatchInlineSnapshot(`
      "
      rules.yaml:4:5 warning this rule never matches: "partners" at rules.yaml:3:5 already permits all of it
          - { permit: control, from: 10.2.3.0/24, port: 21 }
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      "
    `)
  })

  test.each([
    ['{ permit: control }', '{ deny: control, from: any, to: any }'],
    ['{ permit: control, from: 0.0.0.0/0 }', '{ permit: control, from: 10.0.0.1 }'],
    ['{ permit: control, from: [0.0.0.0/0, "::/0"] }', '{ permit: control }'],
    [
      '{ permit: control, to: 10.0.0.0/8 }',
      '{ permit: control, from: 10.0.0.1, to: [10.1.0.0/16, 10.2.0.0/16] }',
    ],
    ['{ permit: control, port: 1-65535 }', '{ permit: control }'],
    ['{ permit: control, port: 20-22 }', '{ permit: control, port: 21 }'],
    [
      '{ permit: active-data, from-port: 20 }',
      '{ permit: active-data, from-port: 20, port: 2000-3000 }',
    ],
    ['{ permit: control, from: "2001:db8::/32" }', '{ permit: control, from: "2001:db8:1::/48" }'],
  ])('K4 %s covers %s', (one, other) => {
    expect(problemsOfRules(one, other)).toHaveLength(1)
  })

  test.each([
    ['{ permit: control }', '{ permit: active-data }'],
    ['{ permit: control, from: 0.0.0.0/0 }', '{ permit: control }'],
    ['{ permit: control, from: 0.0.0.0/0 }', '{ permit: control, from: "::/0" }'],
    [
      '{ permit: control, from: [10.1.0.0/16] }',
      '{ permit: control, from: [10.1.2.0/24, 10.2.0.0/16] }',
    ],
    ['{ permit: control, port: 20-22 }', '{ permit: control, port: 22-23 }'],
    ['{ permit: active-data, from-port: 20 }', '{ permit: active-data }'],
    ['{ permit: control, to: 10.0.0.1 }', '{ permit: control, from: 10.0.0.1 }'],
  ])('K4 %s does not cover %s', (one, other) => {
    expect(problemsOfRules(one, other)).toEqual([])
  })
})

describe('many rules', () => {
  // Each compared with all before it would be more comparisons than are made, and there would be
  // a warning of that.
  const MANY = 20_000
  const document = new RuleDocument({ name: 'r', text: 'version: 1\n' })
  const shadowsIn = (rules: readonly Rule[]): readonly string[] => {
    const before = document.diagnostics.length
    checkShadows(rules.map((value, index) => ({ value, document, path: ['rules', index] })))
    return document.diagnostics.slice(before).map(({ message }) => message)
  }
  const manyRules = (count: number, change: (n: number) => Partial<Rule>): readonly Rule[] => {
    const [rule] = rulesetOf('version: 1\nrules: [{ permit: passive-data }]').rules
    if (rule === undefined) throw new Error('one rule was given')
    return Array.from({ length: count }, (_, n) => ({ ...rule, ...change(n) }))
  }

  test('K4 partners of one server are told apart', () => {
    const to = [{ address: ip('192.0.2.1'), prefix: 32 }]
    const rules = manyRules(MANY, (n) => ({
      from: [{ address: ip(`10.0.${n >> 8}.${n & 255}`), prefix: 32 }],
      to,
    }))
    expect(shadowsIn([...rules, ...rules.slice(0, 5)])).toEqual(
      Array.from({ length: 5 }, () => expect.stringMatching('never matches')),
    )
  })

  test('K4 rules that only differ in a port range are told apart', () => {
    const rules = manyRules(MANY, (n) => ({
      port: { first: port(n * 3 + 1), last: port(n * 3 + 2) },
    }))
    expect(shadowsIn(rules)).toEqual([])
  })

  test('K4 says so when it gives up', () => {
    const rules = manyRules(MANY, (n) => ({ fromPort: { first: port(n + 1), last: port(n + 1) } }))
    expect(shadowsIn(rules)).toEqual([expect.stringMatching('too many rules are alike')])
  })
})
