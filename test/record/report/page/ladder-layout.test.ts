import { describe, expect, test } from 'vitest'
import {
  type LadderDrawing,
  makeLadderCanvas,
} from '../../../../src/record/report/page/ladder-canvas.ts'
import { ladderLayout } from '../../../../src/record/report/page/ladder-layout.ts'
import type { PageEvent } from '../../../../src/record/report/page-data.ts'
import { pageStory } from '../../../../src/record/report/page-story.ts'
import { CLOSED, DOWNLOAD, OPENED, storyOf } from '../story-fixture.ts'

function drawn(events: readonly PageEvent[]): LadderDrawing {
  const story = { client: 'c', server: 's', profile: '', omitted: 0, events }
  return ladderLayout(story, makeLadderCanvas(), (bytes) => `${bytes} bytes`)
}

const textsOf = (drawing: LadderDrawing): readonly string[] =>
  drawing.rows.flatMap(({ shapes }) =>
    shapes
      .filter(({ attributes }) => attributes['class'] !== 'time')
      .map(({ text }) => text)
      .filter((text) => text !== undefined),
  )

/** Ends of lines: where a wire comes from and where it goes. */
const wiresOf = (drawing: LadderDrawing): readonly (readonly unknown[])[] =>
  drawing.rows.flatMap(({ shapes }) =>
    shapes
      .filter(({ tag }) => tag === 'line')
      .map(({ attributes }) => [attributes['x1'], Math.round(Number(attributes['x2']) / 10) * 10]),
  )

const CLIENT = 84
const PROXY = 430
const SERVER = 950

describe('ladderLayout', () => {
  test('a download: both addresses, the pinhole, bytes', () => {
    const drawing = drawn(pageStory(storyOf([OPENED, ...DOWNLOAD, CLOSED])).events)
    expect(textsOf(drawing)).toEqual([
      'PASV',
      'p1 open at 203.0.113.10:50001',
      'leads to 10.200.200.1:60001',
      'only 10.1.1.5',
      'rule passive data · at most 30 s',
      '227 (10,200,200,1,234,97)',
      '227 (203,0,113,10,195,81)',
      'rewritten',
      'RETR a.txt',
      'RETR a.txt',
      'from 10.1.1.5:50002',
      'to 10.200.200.1:60001',
      'p1 used after 0.009 s',
      '150 Here it comes',
      '500 bytes',
      '0.019 s',
      '226 Done',
    ])
    const bars = drawing.background.map(({ attributes }) => attributes['class'])
    expect(bars).toContain('bar pinhole')
    expect(bars).toContain('bar data')
  })

  test('what was announced stands with who announced it, what was told with who was told', () => {
    const [row] = drawn([['r', 0, 'before', 0, 'after']]).rows
    const place = (text: string): unknown =>
      row?.shapes.find((shape) => shape.text === text)?.attributes['x']
    expect(place('before')).toBeGreaterThan(PROXY)
    expect(place('after')).toBeLessThan(PROXY)
  })

  test.each([
    ['a command goes through', ['c', 0, 'NOOP', 0, ''], [[CLIENT, SERVER]]],
    ['one is answered by Portcullis', ['c', 0, 'EPSV', 1, ''], [[CLIENT, PROXY]]],
    ['one is refused', ['c', 0, 'PORT', 2, ''], [[CLIENT, PROXY]]],
    ['a reply goes through', ['r', 0, '200 ok', 0, ''], [[SERVER, 90]]],
    ['Portcullis replies', ['r', 0, '500 no', 1, ''], [[PROXY, 90]]],
    ['a hello of the server', ['h', 0, 1, 'TLS hello', 0], [[SERVER, 90]]],
    ['an upload', ['e', 0, 1, 'p1', 0, 9, '1 s', 0], [[CLIENT, SERVER]]],
    [
      'bytes both ways',
      ['e', 0, 1, 'p1', 5, 9, '1 s', 0],
      [
        [CLIENT, SERVER],
        [SERVER, 90],
      ],
    ],
    ['the server connects', ['d', 0, 1, 'p1', 1, 'LIST', 'a', 'b'], [[SERVER, 90]]],
  ] as const)('%s', (_name, event, expected) => {
    const rounded = expected.map(([from, to]) => [from, Math.round(to / 10) * 10])
    expect(wiresOf(drawn([event as unknown as PageEvent]))).toEqual(rounded)
  })

  test('only what is refused is crossed out', () => {
    const crosses = ([0, 1, 2] as const).map(
      (outcome) =>
        drawn([['c', 0, 'PORT', outcome, '']]).rows[0]?.shapes.filter(
          ({ attributes }) => attributes['class'] === 'cross',
        ).length,
    )
    expect(crosses).toEqual([0, 0, 1])
  })

  test('an opaque stretch is shaded as far as it goes', () => {
    const drawing = drawn([
      ['c', 0, 'AUTH TLS', 0, ''],
      ['o', 1, 'TLS · TLS 1.3'],
      ['x', 50, 0, 'clear again'],
      ['x', 51, 1, 'clear again'],
      ['c', 60, 'NOOP', 0, ''],
      ['w', 61, 0, 'a', 'b'],
      ['v', 62, 'denied', 1],
    ])
    const shades = drawing.background.filter(({ attributes }) => attributes['class'] === 'shade')
    expect(shades.length).toBe(2)
    for (const { attributes } of shades)
      expect(Number(attributes['y']) + Number(attributes['height'])).toBeLessThan(
        drawing.height - 100,
      )
    expect(drawing.rows.map(({ label }) => label)).toContain(
      '0.001 s: opaque from here: TLS · TLS 1.3',
    )
  })
})
