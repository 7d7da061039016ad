import { expect, test } from 'vitest'
import { type Output, Terminal, wrap } from '../../src/demo/terminal.ts'

function outputWith(part: Partial<Output>): Output & { readonly written: string[] } {
  const written: string[] = []
  return { ...part, written, write: (text) => written.push(text) }
}

test('colours go to a terminal that takes them, and nowhere else', () => {
  const inked = (part: Partial<Output>): string => new Terminal(outputWith(part)).ink('good', 'ok')
  expect(inked({ isTTY: true, hasColors: () => true })).toBe('\u001b[32mok\u001b[0m')
  expect(inked({ isTTY: true, hasColors: () => false })).toBe('ok')
  expect(inked({ hasColors: () => true })).toBe('ok')
  expect(inked({})).toBe('ok')
})

test('prose is broken between words and indented', () => {
  const output = outputWith({ columns: 20 })
  new Terminal(output).prose('one two three four five', 4)
  expect(output.written.join('')).toBe('    one two three\n    four five\n')
})

test('a word longer than a line stays whole', () => {
  expect(wrap('a portcullis b', 5)).toEqual(['a', 'portcullis', 'b'])
})
