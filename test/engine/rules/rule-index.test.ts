import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressValue } from '../../../src/engine/rules/address-range.ts'
import {
  type AddressQuestion,
  compileRule,
  type CompiledRule,
  RuleIndex,
} from '../../../src/engine/rules/rule-index.ts'
import { familyBits } from '../../../src/net/cidr.ts'
import { type Ip, ip, ipFamily } from '../../../src/net/ip.ts'
import { rulesetOf } from './loading.ts'
import { evaluateNaively, facts, rules } from './rule-sets.ts'

const question = (address: Ip): AddressQuestion => ({
  family: ipFamily(address),
  prefix: familyBits(ipFamily(address)),
  low: addressValue(address),
})

const compiled = (lines: readonly string[]): readonly CompiledRule[] =>
  rulesetOf(`version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`).rules.map(
    compileRule,
  )

test('property: the rule that decides is among the candidates, each list in order', () => {
  fc.assert(
    fc.property(rules, facts, (list, asked) => {
      const ofKind = list.filter(({ kind }) => kind === asked.kind)
      const lists = new RuleIndex(ofKind.map(compileRule)).candidates(
        question(asked.from),
        question(asked.to),
        asked.port,
        asked.port,
      )
      for (const each of lists)
        expect(each.map(({ index }) => index)).toEqual(
          each.map(({ index }) => index).toSorted((a, b) => a - b),
        )
      const { rule } = evaluateNaively(ofKind, asked)
      if (rule !== undefined) expect(lists.flat().map((one) => one.rule)).toContain(rule)
    }),
    { numRuns: 300 },
  )
}, 60_000)

describe('few candidates among many rules', () => {
  const count = (lines: readonly string[], from: string, to: string, port: number): number =>
    new RuleIndex(compiled(lines))
      .candidates(question(ip(from)), question(ip(to)), port, port)
      .flat().length

  test('many clients of one server are told apart by from', () => {
    const lines = Array.from(
      { length: 500 },
      (_, n) => `{ permit: control, from: 10.0.${n >> 8}.${n & 255}, to: 192.0.2.1 }`,
    )
    expect(count(lines, '10.0.1.7', '192.0.2.1', 21)).toBe(1)
    expect(count(lines, '10.9.9.9', '192.0.2.1', 21)).toBe(0)
  })

  test('many servers for everybody are told apart by to', () => {
    const lines = Array.from(
      { length: 500 },
      (_, n) => `{ permit: control, from: 10.0.0.0/8, to: "2001:db8::${n.toString(16)}" }`,
    )
    expect(count(lines, '10.0.0.1', '2001:db8::7', 21)).toBe(1)
  })

  test('many port ranges are told apart by port', () => {
    const lines = Array.from(
      { length: 500 },
      (_, n) => `{ permit: passive-data, port: ${n * 64 + 1}-${n * 64 + 50} }`,
    )
    expect(count(lines, '10.0.0.1', '10.0.0.2', 6420)).toBe(1)
  })
})

test('a question about a block finds rules that hold all of it', () => {
  const [wide, narrow] = compiled([
    '{ permit: control, from: 10.0.0.0/8, port: 20-22 }',
    '{ permit: control, from: 10.1.0.0/24, port: 21 }',
  ])
  if (wide === undefined || narrow === undefined) throw new Error('two rules were given')
  const index = new RuleIndex([wide, narrow])
  const [block] = narrow.from ?? []
  expect(index.candidates(block, undefined, 21, 21).flat()).toEqual([wide, narrow])
  expect(index.candidates(wide.from?.[0], undefined, 21, 21).flat()).toEqual([wide])
  expect(index.candidates(block, undefined, 21, 22).flat()).toEqual([wide])
  expect(index.candidates(undefined, undefined, 21, 21).flat()).toEqual([])
})
