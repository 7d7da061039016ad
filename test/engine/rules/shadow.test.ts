import { describe, expect, test } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'
import { checkShadows } from '../../../src/engine/rules/shadow.ts'
import { RuleDocument } from '../../../src/engine/rules/document.ts'
import { problemsOf, problemsOfRules } from './loading.ts'
import type { Rule } from '../../../src/engine/rules/ruleset.ts'

describe('K4 rules that never match', () => {
  test('both orders of a wide permit and a narrow deny', () => {
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

  test('the earlier rule is named with its place, also in another file', () => {
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
  ])('%s covers %s', (one, other) => {
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
  ])('%s does not cover %s', (one, other) => {
    expect(problemsOfRules(one, other)).toEqual([])
  })
})

describe('K4 many rules', () => {
  const document = new RuleDocument({ name: 'r', text: 'version: 1\n' })
  const shadowsIn = (rules: readonly Rule[]): { found: number; milliseconds: number } => {
    const before = document.diagnostics.length
    const started = performance.now()
    checkShadows(rules.map((value, index) => ({ value, document, path: ['rules', index] })))
    return {
      found: document.diagnostics.length - before,
      milliseconds: performance.now() - started,
    }
  }
  const rulesOf = (lines: readonly string[]): readonly Rule[] => {
    const text = `version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`
    return load([{ name: 'r', text }]).ruleset?.rules ?? []
  }

  test('ten thousand partners of one server', () => {
    const rules = rulesOf(
      Array.from(
        { length: 10_000 },
        (_, n) => `{ permit: control, from: 10.0.${n >> 8}.${n & 255}, to: 192.0.2.1, port: 21 }`,
      ),
    )
    const { found, milliseconds } = shadowsIn([...rules, ...rules.slice(0, 5)])
    expect(found).toBe(5)
    expect(milliseconds).toBeLessThan(1000)
  }, 20_000)

  test('ten thousand rules that only differ in a port range', () => {
    const rules = rulesOf(
      Array.from(
        { length: 10_000 },
        (_, n) => `{ permit: passive-data, port: ${n * 6 + 1}-${n * 6 + 3} }`,
      ),
    )
    const { found, milliseconds } = shadowsIn(rules)
    expect(found).toBe(0)
    expect(milliseconds).toBeLessThan(1000)
  }, 20_000)

  test('says so when it gives up', () => {
    const [rule] = rulesOf(['{ permit: passive-data, port: 5-6 }'])
    if (rule?.port === undefined) throw new Error('no rule')
    const { port } = rule
    const alike = Array.from(
      { length: 60_000 },
      (_, n): Rule => ({ ...rule, port: { ...port }, name: `${n}` }),
    )
    // Each is narrower than none before it in `from-port`, so every pair is compared.
    const distinct = alike.map(
      (one, n): Rule => ({
        ...one,
        fromPort: { first: (n + 1) as typeof port.first, last: (n + 1) as typeof port.last },
      }),
    )
    const before = document.diagnostics.length
    expect(shadowsIn(distinct).found).toBe(1)
    expect(document.diagnostics[before]?.message).toMatch('too many rules are alike')
  }, 20_000)
})
