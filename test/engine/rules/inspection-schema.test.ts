import { describe, expect, test } from 'vitest'
import { SWITCHES } from '../../../src/engine/rules/inspection.ts'
import { problemsOf } from './loading.ts'

/** The problems of one check, without the lines of text that are quoted. */
function problems(check: string, more = ''): readonly string[] {
  const text = `version: 1\nprofiles:\n  default: { ${more}checks: { ${check} } }\nrules: [{ permit: control }]`
  return problemsOf(text)
    .split('\n')
    .filter((line) => line.startsWith('rules.yaml:'))
}

describe('an action that a check does not have', () => {
  const wrong = Object.entries(SWITCHES).flatMap(([name, actions]) =>
    ['deny', 'reset', 'mask', 'log', 'off', 'drop']
      .filter((action) => !actions.some((known) => known === action))
      .map((action) => ({ name, action, actions })),
  )

  test.each(wrong)('$name: $action is refused at its place, with those it has', (one) => {
    const [only = '', another] = problems(`${one.name}: ${one.action}`)
    expect(another).toBeUndefined()
    expect(only).toContain(`rules.yaml:3:${24 + one.name.length + 2} error expected `)
    for (const action of one.actions) expect(only).toContain(action)
  })

  test('two of them in full', () => {
    expect(problems('low-ports: off, banner: deny')).toEqual([
      'rules.yaml:3:35 error expected deny or reset, not "off"',
      'rules.yaml:3:48 error expected one of mask, log, off, not "deny"',
    ])
  })
})

test.each([
  ['pipeline: deny', 'unknown key "pipeline"; did you mean "pipelining"?'],
  ['file-names: [{ match: [], action: deny }]', 'the list is empty, so nothing can match'],
  ['file-names: [{ match: [a] }]', '"action" is missing'],
  ['file-names: [{ action: deny }]', '"match" is missing'],
  ['file-names: [{ match: [a], action: mask }]', 'one of deny, reset, log, off, not "mask"'],
  ['file-names: [{ match: [""], action: deny }]', 'an empty pattern matches nothing'],
  ['file-names: [{ match: ["a\\tb"], action: deny }]', 'has a control character'],
  [`users: [{ match: [${'a'.repeat(129)}], action: deny }]`, 'at most 128 bytes'],
  ['users: [{ match: [1], action: deny }]', 'expected a pattern, as *.exe'],
  ['file-types: [{ match: [.exe], action: deny }]', 'written without the dot: exe'],
  ['file-types: [{ match: [tar.gz], action: deny }]', 'whole names belong to file-names'],
  ['file-types: exe', 'expected a list'],
])('%s', (check, problem) => {
  const [only, another] = problems(check)
  expect([only, another]).toEqual([expect.stringContaining(problem), undefined])
})

test('line-ending and bare-line-feeds together', () => {
  expect(problems('bare-line-feeds: off', 'line-ending: tolerant, ')).toEqual([
    expect.stringContaining('line-ending says the same in other words: give one of the two'),
  ])
})
