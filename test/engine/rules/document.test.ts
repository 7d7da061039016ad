import { expect, test } from 'vitest'
import { RuleDocument } from '../../../src/engine/rules/document.ts'

const document = new RuleDocument({
  name: 'r',
  text: 'all: &all [10.0.0.0/8, 10.0.0.1]\nrules:\n  - from: *all\n  -\n  - { to: x }\n',
})

test.each([
  [['rules'], 'r:3:3'],
  [['rules', 0], 'r:3:5'],
  [['rules', 0, 'from'], 'r:3:11'],
  [['rules', 2, 'to'], 'r:5:11'],
  [['rules', 2, 'missing'], 'r:5:5'],
  [['rules', 9], 'r:3:3'],
  [[], 'r:1:1'],
])('%j is at %s', (path, position) => {
  expect(document.position(path)).toBe(position)
})

test('what an alias stands for is found where it was written', () => {
  expect(document.position(['rules', 0, 'from', 1])).toBe('r:1:24')
})

test('a key and its value have places of their own', () => {
  const own = new RuleDocument({ name: 'r', text: 'key: value' })
  own.reportKey('error', ['key'], 'k')
  own.report('warning', ['key'], 'v')
  expect(own.diagnostics.map(({ column, length }) => [column, length])).toEqual([
    [1, 3],
    [6, 5],
  ])
})

test.each([
  [['rules', 0, 'from'], true],
  [['rules', 0, 'from', 1], true],
  [['rules', 0, 'from', 2], false],
  [['rules', 2, 'missing'], false],
  [['missing'], false],
  [[], true],
])('%j is there: %s', (path, isThere) => {
  expect(document.has(path)).toBe(isThere)
})
