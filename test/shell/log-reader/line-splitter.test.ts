import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LINE_BYTES_MAX, LineSplitter } from '../../../src/shell/log-reader/line-splitter.ts'

function split(blocks: readonly Buffer[]): { lines: string[]; cut: string[]; overlong: number } {
  const result = { lines: [] as string[], cut: [] as string[], overlong: 0 }
  const splitter = new LineSplitter({
    line: (text, isCutShort) => (isCutShort ? result.cut : result.lines).push(text),
    overlong: () => {
      result.overlong += 1
    },
  })
  for (const block of blocks) splitter.push(block)
  splitter.end()
  return result
}

describe('LineSplitter', () => {
  test('the same lines wherever the blocks end, and every byte as it was', () => {
    const bytes = fc.uint8Array({ max: 20 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(fc.array(bytes), (blocks) => {
        const whole = split([Buffer.concat(blocks)])
        expect(split(blocks)).toEqual(whole)
        const text = Buffer.concat(blocks).toString('latin1')
        const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
        expect([...whole.lines, ...whole.cut].filter((line) => line !== '')).toEqual(
          lines.filter((line) => line !== ''),
        )
      }),
    )
  })

  test('a line without an end is cut short', () => {
    expect(split([Buffer.from('a\nb')])).toEqual({ lines: ['a'], cut: ['b'], overlong: 0 })
    expect(split([Buffer.from('a\n')]).cut).toEqual([])
  })

  test('a line that would not fit into memory is counted, and what follows is read', () => {
    const block = Buffer.alloc(LINE_BYTES_MAX / 4, 'x')
    const endless = Array.from({ length: 9 }, () => block)
    expect(split([...endless, Buffer.from('\nnext\n')])).toEqual({
      lines: ['next'],
      cut: [],
      overlong: 1,
    })
    expect(split(endless)).toEqual({ lines: [], cut: [], overlong: 1 })
  })
})
