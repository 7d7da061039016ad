import { describe, expect, test } from 'vitest'
import { shortBytes } from '../../../../src/record/audit/quantity.ts'
import { listWindow } from '../../../../src/record/report/page/list-window.ts'
import {
  makeSessionList,
  type SessionList,
} from '../../../../src/record/report/page/session-list.ts'
import type { PageData } from '../../../../src/record/report/page-data.ts'
import { FakePage, type FakeElement } from './fake-page.ts'

const COUNT = 5000
const DATA: PageData = {
  strings: ['10.0.0.5', '<b>srv</b>:21', 'anna', 'staff'],
  base: Date.parse('2026-11-21T07:00:00Z'),
  rows: Array.from(
    { length: COUNT },
    (_, n) =>
      [
        `s${n}`,
        n * 1000,
        1500,
        0,
        1,
        1,
        2,
        3,
        -1,
        -1,
        1,
        2,
        1000,
        234,
        n % 2,
        n % 4,
        [],
        [],
      ] as const,
  ),
}

interface Stage {
  readonly page: FakePage
  readonly grid: FakeElement
  readonly body: FakeElement
  readonly list: SessionList
  readonly opened: number[]
}

function stage(): Stage {
  const page = new FakePage()
  const grid = page.add('grid')
  const body = page.createElement('div')
  grid.append(body)
  const opened: number[] = []
  const list = makeSessionList(page, DATA, grid, body, { listWindow, shortBytes }, (place) =>
    opened.push(place),
  )
  list.show(DATA.rows.map((_, index) => index))
  return { page, grid, body, list, opened }
}

const selectedOf = ({ body }: Stage): readonly (string | undefined)[] =>
  body.children
    .filter(({ attributes }) => attributes.get('aria-selected') === 'true')
    .map(({ id }) => id)

describe('makeSessionList', () => {
  test('of thousands of rows only those exist that can be seen', () => {
    const { body, grid } = stage()
    expect(body.children.length).toBeLessThan(40)
    expect(body.style.height).toBe(`${COUNT * 36}px`)
    expect(grid.attributes.get('aria-rowcount')).toBe('5001')
  })

  test('a row says what the session was; text is text', () => {
    const [, second] = stage().body.children
    expect(second?.children.map(({ textContent }) => textContent)).toEqual([
      '2026-11-21 07:00:01',
      '10.0.0.5',
      '<b>srv</b>:21',
      'anna',
      'staff',
      '2',
      '1.23 kB',
      '1.5 s',
      'opaque1 refused',
    ])
  })

  test('scrolling brings others', () => {
    const { page, body, grid } = stage()
    grid.scrollTop = 36_000
    page.fire('scroll', grid)
    const indexes = body.children.map(({ dataset }) => Number(dataset['index']))
    expect(indexes).toContain(1000)
    expect(indexes).not.toContain(0)
  })

  test.each([
    ['ArrowDown', 1],
    ['j', 1],
    ['PageDown', 9],
    ['End', 4999],
    ['k', 0],
    ['Home', 0],
  ])('%s selects row %i, and it is seen', (key, index) => {
    const made = stage()
    expect(made.page.fire('keydown', made.grid, { key })).toBe(true)
    expect(selectedOf(made)).toEqual([`row-${index}`])
    expect(made.grid.attributes.get('aria-activedescendant')).toBe(`row-${index}`)
  })

  test('Enter opens what is selected, a click what is clicked', () => {
    const { page, grid, body, opened } = stage()
    page.fire('keydown', grid, { key: 'j' })
    page.fire('keydown', grid, { key: 'Enter' })
    const cell = body.children[4]?.children[0]
    if (cell !== undefined) page.fire('click', cell)
    expect(opened).toEqual([1, 4])
  })

  test('other keys, and those of the browser, are left alone', () => {
    const made = stage()
    expect(made.page.fire('keydown', made.grid, { key: 'x' })).toBe(false)
    expect(made.page.fire('keydown', made.grid, { key: 'toString' })).toBe(false)
    expect(made.page.fire('keydown', made.grid, { key: 'j', ctrlKey: true })).toBe(false)
    expect(selectedOf(made)).toEqual(['row-0'])
  })

  test('a filtered list opens the sessions that it shows', () => {
    const { page, grid, list, opened } = stage()
    list.show([70, 80, 90])
    page.fire('keydown', grid, { key: 'End' })
    page.fire('keydown', grid, { key: 'Enter' })
    expect(opened).toEqual([90])
    expect(list.step(1)).toBeUndefined()
    expect(list.step(-1)).toBe(80)
  })

  test('an empty list opens nothing', () => {
    const { page, grid, body, list, opened } = stage()
    list.show([])
    page.fire('keydown', grid, { key: 'j' })
    page.fire('keydown', grid, { key: 'Enter' })
    expect(opened).toEqual([])
    expect(body.children).toEqual([])
  })

  test('a printer gets rows one below the other', () => {
    const { body, list } = stage()
    list.expand(true)
    expect(body.children.length).toBe(500)
    expect(body.children[3]?.style.transform).toBe('none')
    list.expand(false)
    expect(body.children.length).toBeLessThan(40)
  })
})
