import { expect, test } from 'vitest'
import { suggest } from '../../../src/engine/rules/suggest.ts'

const KEYS = ['listen', 'server', 'public-address', 'to']

test.each([
  ['sever', 'server'],
  ['lisetn', 'listen'],
  ['publicAddress', 'public-address'],
  ['Public_Address', 'public-address'],
  ['LISTEN', 'listen'],
  ['intercept', undefined],
  ['go', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('K2 %s → %s', (typed, meant) => {
  expect(suggest(typed, KEYS)).toBe(meant)
})
