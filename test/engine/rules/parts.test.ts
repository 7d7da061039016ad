import { expect, test } from 'vitest'
import { RuleDocument } from '../../../src/engine/rules/document.ts'
import { type Parts, readParts } from '../../../src/engine/rules/parts.ts'

function partsOf(...texts: readonly string[]): { parts: Parts; problems: readonly string[] } {
  const documents = texts.map((text, index) => new RuleDocument({ name: `f${index}`, text }))
  const parts = readParts(documents)
  return {
    parts,
    problems: documents.flatMap((one) => one.diagnostics.map(({ message }) => message)),
  }
}

test('one bad entry does not hide the good ones, and keeps its number', () => {
  const { parts, problems } = partsOf(
    'version: 1\nrules: [{ permit: x, profile: p }, { permit: control }, 7, { deny: control }]',
  )
  expect(parts.rules.map(({ value }) => value.name)).toEqual(['rule 2', 'rule 4'])
  expect(parts.profileUses.map(({ value }) => value)).toEqual(['p'])
  expect(problems).toHaveLength(2)
})

test('every part knows where it came from', () => {
  const { parts } = partsOf(
    'version: 1\nrules: [{ permit: control }]',
    'version: 1\nrules:\n  - { deny: control }\nlimits: {}',
  )
  const [, second] = parts.rules
  expect(second?.document.position(second.path)).toBe('f1:3:5')
  expect(parts.limits?.document.position(parts.limits.path)).toBe('f1:4:9')
})

test('a profile is given once, and its name can be printed', () => {
  const { parts, problems } = partsOf(
    'version: 1\nprofiles: { p: {}, "\\e[31m": {} }',
    'version: 1\nprofiles: { p: {} }',
  )
  expect(parts.profileNames).toEqual(['p', '\u001b[31m', 'p'])
  expect(problems).toEqual([
    expect.stringMatching('is not a name'),
    'the profile "p" is already given at f0:2:16',
  ])
})

test('K8 names of object members are ordinary names', () => {
  const { parts, problems } = partsOf('version: 1\nprofiles: { constructor: {}, toString: {} }')
  expect(parts.profiles.map(({ value }) => value.name)).toEqual(['constructor', 'toString'])
  expect(problems).toEqual([])
})
