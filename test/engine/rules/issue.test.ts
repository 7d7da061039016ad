import { expect, test } from 'vitest'
import { z } from 'zod'
import { RuleDocument } from '../../../src/engine/rules/document.ts'
import { check } from '../../../src/engine/rules/issue.ts'

function wordsFor(schema: z.ZodType, text: string): readonly string[] {
  const document = new RuleDocument({ name: 'r', text })
  check(schema, document.value, document, [])
  return document.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

test.each([
  [z.array(z.unknown()), 'a: 1', '1:1 expected a list, not keys with values'],
  [z.array(z.unknown()), 'x', '1:1 expected a list, not "x"'],
  [z.strictObject({}), '- x', '1:1 expected keys with values, not a list'],
  [z.strictObject({}), '~', '1:1 expected keys with values, not nothing'],
  [z.strictObject({ a: z.string() }), 'a: 7', '1:4 expected a text, not "7"'],
  [z.strictObject({ a: z.string() }), '{}', '1:1 "a" is missing'],
  [
    z.enum(['strict', 'tolerant']),
    'strikt',
    '1:1 expected strict or tolerant, not "strikt"; did you mean "strict"?',
  ],
  [z.enum(['strict', 'tolerant']), 'true', '1:1 expected strict or tolerant, not "true"'],
  [z.enum(['a', 'b', 'c']), '[]', '1:1 expected one of a, b, c, not a list'],
])('%#', (schema, text, words) => {
  expect(wordsFor(schema, text)).toEqual([words])
})

test('gives the value when it is sound', () => {
  const document = new RuleDocument({ name: 'r', text: '7' })
  expect(check(z.number(), document.value, document, [])).toBe(7)
  expect(document.diagnostics).toEqual([])
})
