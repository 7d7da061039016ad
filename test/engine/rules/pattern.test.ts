import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compilePattern, matchesPattern } from '../../../src/engine/rules/pattern.ts'

const matches = (pattern: string, name: string): boolean =>
  matchesPattern(compilePattern(pattern), Buffer.from(name, 'utf8'))

test.each([
  ['*.exe', 'a.exe', true],
  ['*.exe', '.EXE', true],
  ['*.exe', 'a.exe.txt', false],
  ['*', '', true],
  ['**', 'a/b', true],
  ['?', '', false],
  ['a?c', 'aBC', true],
  ['a?c', 'ac', false],
  ['/etc/*', '/etc/ssl/key', true],
  ['*a*b*c', 'xxaxxbxxbc', true],
  ['*a*b*c', 'xxaxxcxxb', false],
  ['ab*ab', 'ab', false],
  ['h\u00f6f*', 'h\u00f6fe', true],
  ['\u00c4', '\u00e4', false],
  ['a.b', 'aXb', false],
  ['', 'a', false],
])('%s, %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected)
})

test('it says what a regular expression would', () => {
  const text = (...letters: string[]): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...letters), maxLength: 9 })
  fc.assert(
    fc.property(text('a', 'B', '*', '?', '/'), text('a', 'b', '/'), (pattern, name) => {
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.')
      expect(matches(pattern, name)).toBe(new RegExp(`^${source}$`, 'i').test(name))
    }),
    { numRuns: 2_000 },
  )
})

test('the longest line and the worst pattern take steps, not ages', () => {
  // With backtracking into earlier stars this would not end in years.
  expect(matches('*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab', 'a'.repeat(65_536))).toBe(false)
})
