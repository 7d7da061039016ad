import { expect, test } from 'vitest'
import { SourceText } from '../../../src/engine/rules/source-text.ts'

const sourceOf = (text: string): SourceText => new SourceText({ name: 'r', text })

test('a problem carries its line without the line ending', () => {
  const source = sourceOf('\ufeffone\r\ntwo words\r\nthree')
  source.report('warning', { start: 9, end: 14 }, 'm')
  expect(source.diagnostics).toEqual([
    {
      severity: 'warning',
      file: 'r',
      line: 2,
      column: 5,
      length: 5,
      message: 'm',
      sourceLine: 'two words',
    },
  ])
})

test('a span over several lines is underlined to the end of its first', () => {
  const source = sourceOf('a: 1\nb: 2\n')
  source.report('error', { start: 3, end: 9 }, 'm')
  expect(source.diagnostics[0]).toMatchObject({ line: 1, column: 4, length: 1 })
})

test('positions past the end and in an empty text exist', () => {
  expect(sourceOf('a').position({ start: 99, end: 100 })).toBe('r:1:2')
  expect(sourceOf('').position({ start: 0, end: 0 })).toBe('r:1:1')
})

test('every line is found', () => {
  const text = Array.from({ length: 100 }, (_, index) => 'x'.repeat(index % 7)).join('\n')
  let line = 1
  for (let start = 0; start < text.length; start++) {
    expect(sourceOf(text).position({ start, end: start })).toMatch(`r:${line}:`)
    if (text[start] === '\n') line++
  }
})
