import { describe, expect, test } from 'vitest'
import { grouped, shortBytes } from '../../../../src/record/audit/quantity.ts'
import { makeLadderCanvas } from '../../../../src/record/report/page/ladder-canvas.ts'
import { ladderLayout } from '../../../../src/record/report/page/ladder-layout.ts'
import { listWindow } from '../../../../src/record/report/page/list-window.ts'
import { makeSessionDetail } from '../../../../src/record/report/page/session-detail.ts'
import { makeSessionList } from '../../../../src/record/report/page/session-list.ts'
import { makeSearch } from '../../../../src/record/report/page/session-search.ts'
import { startReport } from '../../../../src/record/report/page/start-report.ts'
import { modelOf } from '../../../report/make-report.ts'
import { syntheticLog } from '../../../report/synthetic-log.ts'
import { FakePage, FakeWindow } from './fake-page.ts'

const PARTS = {
  grouped,
  shortBytes,
  listWindow,
  makeLadderCanvas,
  ladderLayout,
  makeSearch,
  makeSessionList,
  makeSessionDetail,
}
const { data, stories } = modelOf(syntheticLog(200)).shelf
const TOTAL = data.rows.length

function started(hash: string = ''): { readonly page: FakePage; readonly view: FakeWindow } {
  const page = new FakePage()
  const view = new FakeWindow()
  view.location.hash = hash
  page.add('report-data', 'script', JSON.stringify(data))
  page.add('report-stories', 'script', stories.map((story) => `\n${story}`).join(''))
  for (const id of ['query', 'verdict', 'channel', 'from', 'to']) page.add(id, 'input')
  for (const id of ['clear', 'theme', 'previous', 'next', 'close']) page.add(id, 'button')
  for (const id of ['detail', 'detail-title', 'detail-facts', 'detail-heads', 'detail-ladder'])
    page.add(id)
  for (const id of ['sessions', 'filters', 'count', 'nothing', 'grid', 'rows']) page.add(id)
  for (const key of ['time', 'bytes', 'client']) {
    const header = page.add(`by-${key}`)
    header.setAttribute('role', 'columnheader')
    header.setAttribute('data-sort', key)
  }
  startReport(page, view, PARTS)
  return { page, view }
}

function type(page: FakePage, id: string, value: string): void {
  const field = page.get(id)
  field.value = value
  page.fire('input', field)
}

describe('startReport', () => {
  test('lists all sessions, the latest first', () => {
    const { page } = started()
    expect(page.get('count').textContent).toBe(String(TOTAL))
    expect(page.get('by-time').attributes.get('aria-sort')).toBe('descending')
    const first = page.get('rows').children[0]?.children[0]?.textContent
    expect(first).toBe(
      new Date(data.base + (data.rows.at(-1)?.[1] ?? 0))
        .toISOString()
        .slice(0, 19)
        .replace('T', ' '),
    )
  })

  test('filters as one types, and forgets it all again', () => {
    const { page } = started()
    type(page, 'verdict', 'refused')
    const refused = data.rows.filter((row) => row[14] > 0).length
    expect(page.get('count').textContent).toBe(`${refused} of ${TOTAL}`)
    type(page, 'query', 'nobody at all')
    expect(page.get('nothing').hidden).toBe(false)
    page.fire('click', page.get('clear'))
    expect(page.get('count').textContent).toBe(String(TOTAL))
    expect(page.get('nothing').hidden).toBe(true)
  })

  test('times are UTC', () => {
    const { page } = started()
    const [early] = data.rows
    type(page, 'to', new Date(data.base + (early?.[1] ?? 0) + 1000).toISOString().slice(0, 19))
    expect(page.get('count').textContent).toBe(`1 of ${TOTAL}`)
  })

  test('a bar of the chart and a row of a card show their sessions', () => {
    const { page } = started()
    const bucket = page.add('bucket')
    bucket.className = 'bucket'
    bucket.setAttribute('data-from', String(data.base - (data.base % 1000)))
    bucket.setAttribute('data-to', String(data.base + 3_600_000))
    page.fire('click', bucket)
    expect(page.get('from').value).toBe(new Date(data.base).toISOString().slice(0, 19))
    expect(page.get('count').textContent).toMatch(/^\d+ of/)
    const pick = page.add('pick')
    pick.setAttribute('data-token', 'user:"nobody"')
    page.fire('click', pick)
    expect(page.get('query').value).toBe('user:"nobody"')
    expect(page.get('nothing').hidden).toBe(false)
  })

  test('a heading sorts, and turns the order around', () => {
    const { page } = started()
    page.fire('click', page.get('by-bytes'))
    expect(page.get('by-bytes').attributes.get('aria-sort')).toBe('descending')
    expect(page.get('by-time').attributes.get('aria-sort')).toBe('none')
    page.fire('click', page.get('by-bytes'))
    expect(page.get('by-bytes').attributes.get('aria-sort')).toBe('ascending')
    page.fire('click', page.get('by-client'))
    expect(page.get('by-client').attributes.get('aria-sort')).toBe('ascending')
  })

  test('Enter opens, j goes on, closing gives the keyboard back to the list', () => {
    const { page, view } = started()
    page.fire('keydown', page.get('grid'), { key: 'Enter' })
    const first = page.get('detail-title').textContent
    expect(first).toBe(data.rows.at(-1)?.[0])
    expect(view.location.hash).toBe(`#session=${first}`)
    page.fire('keydown', page.get('detail'), { key: 'j' })
    expect(page.get('detail-title').textContent).toBe(data.rows.at(-2)?.[0])
    page.fire('click', page.get('previous'))
    expect(page.get('detail-title').textContent).toBe(first)
    page.fire('click', page.get('close'))
    expect(page.get('detail').open).toBe(false)
    expect(view.location.hash).toBe('')
    expect(page.activeElement?.id).toBe('grid')
  })

  test('/ goes to the search, unless somebody is typing', () => {
    const { page } = started()
    expect(page.fire('keydown', page.get('grid'), { key: '/' })).toBe(true)
    expect(page.activeElement?.id).toBe('query')
    expect(page.fire('keydown', page.get('query'), { key: '/' })).toBe(false)
  })

  test('an address can name a session', () => {
    const name = data.rows[7]?.[0] ?? ''
    expect(started(`#session=${name}`).page.get('detail-title').textContent).toBe(name)
    expect(started('#session=%E0%A4%A').page.get('detail').open).toBe(false)
    expect(started('#session=none').page.get('detail').open).toBe(false)
  })

  test('the theme goes round', () => {
    const { page } = started()
    const themes = [1, 2, 3].map(() => {
      page.fire('click', page.get('theme'))
      return page.documentElement.dataset['theme']
    })
    expect(themes).toEqual(['dark', 'light', 'auto'])
  })

  test('a printer gets the whole list', () => {
    const { page, view } = started()
    const before = page.get('rows').children.length
    view.fire('beforeprint')
    expect(page.get('rows').children.length).toBe(TOTAL)
    view.fire('afterprint')
    expect(page.get('rows').children.length).toBe(before)
  })
})
