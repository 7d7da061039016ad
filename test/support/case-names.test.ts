import { expect, test } from 'vitest'
import { casesNamedIn, casesTestedIn } from './case-names.ts'

test.each([
  [`test('B1 one', () => {})`, ['B1']],
  [`test("B1, B2 two", () => {})`, ['B1', 'B2']],
  ['it(`B3 of ${what}`, () => {})', ['B3']],
  [`test(odd ? 'B4 odd' : 'even', () => {})`, ['B4']],
  [`test.skipIf(here)('B5 perhaps', () => {})`, ['B5']],
  [`test.each([[1], [2]])('B6 %i', () => {})`, ['B6']],
  [`test.each([['B7', 1], ['B8 x', 2]] as const)('%s: %i', () => {})`, ['B7', 'B8']],
  [`test.each(['B9 x', 'y'])('%s', () => {})`, ['B9']],
  [`describe('x', () => { test('B10 inside', () => {}) })`, ['B10']],
])('%s', (source, ids) => {
  expect([...casesNamedIn(source)]).toEqual(ids)
})

test.each([
  `// test('B1 one', () => {})`,
  `describe('B1 one', () => { test('inside', () => {}) })`,
  `describe.each(['B1'])('%s', () => {})`,
  `expect('B1 one').toBe('B1 one')`,
  `test('see B1', () => { expect('B1 x').toBe('B1 x') })`,
  `test('B12x', () => {})`,
  `test.skip('B1 one', () => {})`,
  `test.todo('B1 one')`,
  `test.each([['B1']])('no id: %s', () => {})`,
])('no case: %s', (source) => {
  expect([...casesNamedIn(source)]).toEqual([])
})

test('of a file with transcripts, their ids', () => {
  expect(casesTestedIn('test/hostile/transcripts/bounce.ts')).toContain('B1')
  expect(casesTestedIn('test/hostile/transcripts/bounce.ts')).not.toContain('M1')
})
