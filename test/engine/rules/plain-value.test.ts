import { describe, expect, test } from 'vitest'
import { RuleDocument } from '../../../src/engine/rules/document.ts'

const read = (text: string): RuleDocument => new RuleDocument({ name: 'r', text })
const problems = (text: string): readonly string[] =>
  read(text).diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)

describe('duplicate keys', () => {
  test('K1 are an error that names both places, at any depth', () => {
    expect(problems('allow: 1\nallow: 2\nb: { c: 1, "c": 2 }\n')).toEqual([
      '2:1 duplicate key "allow": it is already given at r:1:1',
      '3:12 duplicate key "c": it is already given at r:3:6',
    ])
  })

  test('K1 a hundred thousand keys are compared in passing', () => {
    const text = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1\n`).join('')
    expect(problems(`${text}k5: 2\n`)).toEqual([
      '100001:1 duplicate key "k5": it is already given at r:6:1',
    ])
  }, 30_000)
})

describe('keys that are names of object members', () => {
  test('K8 __proto__ is refused as a key and pollutes nothing', () => {
    const document = read('__proto__: { allowAll: true }\nconstructor: { prototype: 1 }\n')
    expect(document.diagnostics.map(({ message }) => message)).toEqual(['unknown key "__proto__"'])
    expect(Object.getPrototypeOf(document.value)).toBeNull()
    expect(Reflect.ownKeys(document.value as object)).toEqual(['constructor'])
    expect(({} as Record<string, unknown>)['allowAll']).toBeUndefined()
  })

  test('K8 __proto__ is refused inside a flow map and when quoted', () => {
    expect(problems('a: [{ "__proto__": 1 }]')).toEqual(['1:7 unknown key "__proto__"'])
  })
})

describe('aliases', () => {
  test('K7 aliases stand for what they name', () => {
    expect(read('a: &p [1, x]\nb: *p\n').value).toEqual({ a: [1, 'x'], b: [1, 'x'] })
  })

  test('K7 a bomb of aliases is one error', () => {
    const levels = Array.from({ length: 20 }, (_, index) => {
      const inner = index === 0 ? 'x' : `*a${index - 1}`
      return `a${index}: &a${index} [${Array(10).fill(inner).join(', ')}]\n`
    })
    // One by one they would be ten to the power of twenty values: no memory holds them.
    expect(problems(levels.join(''))).toEqual([
      expect.stringMatching('the aliases of this file stand for too many values'),
    ])
  })

  test('K7 chains, circles and unknown anchors', () => {
    const chain = Array.from(
      { length: 100 },
      (_, index) => `c${index + 1}: &c${index + 1} [*c${index}]`,
    )
    expect(problems(`c0: &c0 x\n${chain.join('\n')}`)[0]).toMatch('nested more than 32 levels deep')
    expect(problems('a: &a [*a]')).toEqual(['1:8 the alias *a contains itself'])
    expect(problems('a: &a { b: *a }')).toEqual(['1:12 the alias *a contains itself'])
    expect(problems('a: *b\nb: &b 1')).toEqual(['1:4 no anchor &b before this alias'])
  })
})

test('only plain decimal digits are numbers', () => {
  const text =
    'a: 21\nb: 021\nc: 0x15\nd: 21.0\ne: -1\nf: 1e3\ng: "21"\nh: .inf\ni: 12345678901234567890\n'
  expect(read(text).value).toEqual({
    a: 21,
    b: '021',
    c: '0x15',
    d: '21.0',
    e: '-1',
    f: '1e3',
    g: '21',
    h: '.inf',
    i: '12345678901234567890',
  })
})

test('words that other YAML versions read as booleans stay words', () => {
  expect(read('a: yes\nb: no\nc: on\nd: true\ne: ~\n').value).toEqual({
    a: 'yes',
    b: 'no',
    c: 'on',
    d: true,
    e: null,
  })
})

test('tags and keys that are no words are refused', () => {
  expect(problems('a: !!binary aGVsbG8=\n')[0]).toMatch(/1:\d+ YAML tags/)
  expect(problems('a: !exec x\n')[0]).toMatch(/1:\d+ YAML tags/)
  expect(problems('? [a, b]\n: 1\n')).toEqual(['1:3 a key is a single word'])
  expect(problems('<<: { a: 1 }\n')).toEqual([])
})
