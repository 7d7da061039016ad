import { describe, expect, test } from 'vitest'
import { makeLadderCanvas } from '../../../../src/record/report/page/ladder-canvas.ts'

describe('makeLadderCanvas', () => {
  test('rows stand below each other, and the time is said when it changes', () => {
    const canvas = makeLadderCanvas()
    canvas.row(12, 30, 'one', [])
    canvas.row(12, 20, 'two', [])
    canvas.row(40, 30, 'three', [])
    const { rows, height } = canvas.drawing()
    expect(rows.map(({ top }) => top)).toEqual([6, 36, 56])
    expect(rows.map(({ label }) => label)).toEqual([
      '0.012 s: one',
      '0.012 s: two',
      '0.040 s: three',
    ])
    expect(rows.map(({ shapes }) => shapes[0]?.text)).toEqual(['0.012', undefined, '0.040'])
    expect(height).toBeGreaterThan(86)
  })

  test('a long pause takes some room', () => {
    const tops = [1000, 9000].map((at) => {
      const canvas = makeLadderCanvas()
      canvas.row(0, 30, 'one', [])
      canvas.approach(at)
      canvas.row(at, 30, 'two', [])
      return canvas.drawing().rows[1]?.top ?? 0
    })
    expect(tops[1]).toBeGreaterThan(tops[0] ?? Infinity)
  })

  test('bars are as long as what they stand for; bars that overlap are beside each other', () => {
    const canvas = makeLadderCanvas()
    canvas.begin('a', 'pinhole', 'p1', 0)
    canvas.row(0, 100, '', [])
    canvas.begin('b', 'pinhole', 'p2', 0)
    canvas.row(1, 50, '', [])
    canvas.end('a', 0)
    canvas.row(2, 50, '', [])
    const bars = canvas
      .drawing()
      .background.filter(({ attributes }) => String(attributes['class']).startsWith('bar'))
    expect(bars.map(({ attributes }) => attributes['height'])).toEqual([150, 104])
    expect(bars.map(({ attributes }) => attributes['class'])).toEqual([
      'bar pinhole',
      'bar pinhole unended',
    ])
    expect(bars[0]?.attributes['x']).not.toBe(bars[1]?.attributes['x'])
  })

  test('any number of pinholes stays between the rails', () => {
    const canvas = makeLadderCanvas()
    for (let n = 0; n < 50; n++) canvas.begin(`${n}`, 'pinhole', `p${n}`, 0)
    canvas.row(0, 10, '', [])
    for (const { attributes } of canvas.drawing().background) {
      if (!String(attributes['class']).startsWith('bar')) continue
      expect(attributes['x']).toBeGreaterThan(430)
      expect(attributes['x']).toBeLessThan(590)
    }
  })

  test('each half is shaded until its side can be read again', () => {
    const canvas = makeLadderCanvas()
    canvas.shade()
    canvas.row(0, 100, '', [])
    canvas.unshade(0, 0)
    canvas.row(1, 100, '', [])
    const shades = canvas
      .drawing()
      .background.filter(({ attributes }) => attributes['class'] === 'shade')
    expect(
      shades.map(({ attributes }) => [attributes['x'], attributes['width'], attributes['height']]),
    ).toEqual([
      [84, 426, 97],
      [510, 440, 201],
    ])
  })

  test('a long label has two lines and no more', () => {
    const canvas = makeLadderCanvas()
    expect(canvas.chip(0, 'short', 'note').filter(({ tag }) => tag === 'text').length).toBe(1)
    expect(canvas.chipExtra('short')).toBe(0)
    const long = 'word '.repeat(200)
    const texts = canvas.chip(0, long, 'note').filter(({ tag }) => tag === 'text')
    expect(texts.length).toBe(2)
    expect(texts[1]?.text?.endsWith('…')).toBe(true)
    expect(canvas.chipExtra(long)).toBe(14)
  })

  test('text that has no room is cut where one sees it', () => {
    expect(makeLadderCanvas().beside(0, 0, 'x', 'y'.repeat(99)).text).toBe(`${'y'.repeat(47)}…`)
  })
})
