import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlob, compilePathGlob } from '../../../src/record/audit/glob.ts'

test.each([
  ['/pub/a.zip', '/pub/a.zip', true],
  ['/pub/a.zip', '/pub/a.zipx', false],
  ['/pub/*.zip', '/pub/a.zip', true],
  ['/pub/*.zip', '/pub/x/a.zip', false],
  ['/pub/**.zip', '/pub/x/a.zip', true],
  ['/pub/**', '/pub/', true],
  ['/pub/**', '/pubs', false],
  ['/a?c', '/abc', true],
  ['/a?c', '/a/c', false],
  ['/a?c', '/aåc', true],
  ['tls.*', 'tls.version', true],
  ['tls.*', 'ccc.mixed', false],
  ['a\\x0a*', 'a\\x0ab', true],
  ['[ab].*', 'a.b', false],
  ['***', 'a/b', true],
  ['', '', true],
  ['', 'a', false],
])('%s and %s: %s', (pattern, text, isMatch) => {
  expect(compileGlob(pattern)(text)).toBe(isMatch)
})

describe('compilePathGlob', () => {
  test('a pattern without / is about the name, wherever it lies', () => {
    const isMatching = compilePathGlob('*.zip')
    expect(isMatching('/pub/x/a.zip')).toBe(true)
    expect(isMatching('a.zip')).toBe(true)
    expect(isMatching('/a.zip/b')).toBe(false)
  })
})

test('agrees with a regular expression on everything small', () => {
  const letters = fc.constantFrom('a', 'b', '/', '*', '?')
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 8 }),
      fc.array(letters, { maxLength: 8 }),
      (p, t) => {
        const pattern = p.join('')
        const text = t.join('').replace(/[*?]/g, 'c')
        const source = pattern
          .replace(/\*\*+/g, '§')
          .replaceAll('*', '[^/]*')
          .replaceAll('?', '[^/]')
          .replaceAll('§', '.*')
        expect(compileGlob(pattern)(text)).toBe(new RegExp(`^(?:${source})$`, 's').test(text))
      },
    ),
  )
})

test('no pattern takes for ever', () => {
  expect(compileGlob('*a'.repeat(200))('a'.repeat(2000).concat('b'))).toBe(false)
})
