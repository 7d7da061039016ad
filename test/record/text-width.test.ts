import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cut, fit, textWidth, wrap } from '../../src/record/text-width.ts'

describe('textWidth', () => {
  test('counts columns, not characters', () => {
    expect(textWidth('report.txt')).toBe(10)
    expect(textWidth('文件.txt')).toBe(8)
    expect(textWidth('cafe\u0301')).toBe(4)
    expect(textWidth('🗂🗑')).toBe(2)
    expect(textWidth('🚀')).toBe(2)
  })
})

describe('fit and cut', () => {
  test('cut with an ellipsis, never inside a wide character', () => {
    expect(fit('abc', 5)).toBe('abc  ')
    expect(fit('abcdef', 5)).toBe('abcd…')
    expect(fit('文件文件', 5)).toBe('文件…')
    expect(fit('文件文件', 4)).toBe('文… ')
    expect(cut('abc', 0)).toBe('')
  })

  test('L6: what a terminal would act upon is made visible', () => {
    expect(cut('a\u001b[2Jb\u202e\u0085', 20)).toBe('a\ufffd[2Jb\ufffd\ufffd')
  })

  test('are as wide as asked for, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (text, width) => {
        expect(textWidth(fit(text, width))).toBe(width)
        expect(textWidth(cut(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('wrap', () => {
  test('breaks between words and cuts the last line', () => {
    expect(wrap('one two three', 7, 3)).toEqual(['one two', 'three'])
    expect(wrap('one two three four five', 7, 2)).toEqual(['one two', 'three …'])
    expect(wrap('', 7, 2)).toEqual([''])
  })

  test('makes no more lines than asked for, none too wide', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (text, width) => {
        const lines = wrap(text, width, 3)
        expect(lines.length).toBeLessThanOrEqual(3)
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })
})
