import { describe, expect, test } from 'vitest'
import { makeSearch, type SearchState } from '../../../../src/record/report/page/session-search.ts'
import type { PageData, PageRow } from '../../../../src/record/report/page-data.ts'

const STRINGS = [
  '10.0.0.5',
  '10.0.0.50',
  'srv:21',
  'anna',
  'Bob',
  'staff',
  'cmd.denied',
  'data rule',
]

function row(session: string, start: number, fields: Partial<Record<number, unknown>>): PageRow {
  const base = [session, start, 10, 0, 1, 2, -1, 5, -1, -1, 1, 1, 100, 0, 0, 0, [], [5]]
  return base.map((value, index) => fields[index] ?? value) as unknown as PageRow
}

const DATA: PageData = {
  strings: STRINGS,
  base: 1000,
  rows: [
    row('s0', 0, { 6: 3, 12: 900 }),
    row('s1', 10, { 3: 1, 6: 4, 14: 2, 16: [6] }),
    row('s2', 20, { 15: 1, 2: 5000 }),
    row('s3', 30, { 16: [6], 17: [5, 7] }),
  ],
}
const ALL: SearchState = {
  query: '',
  verdict: '',
  channel: '',
  from: undefined,
  to: undefined,
  sort: 'time',
  isDescending: false,
}
const search = makeSearch(DATA)
const found = (state: Partial<SearchState>): readonly number[] => search({ ...ALL, ...state })

describe('makeSearch', () => {
  test.each([
    ['', [0, 1, 2, 3]],
    ['10.0.0.5', [0, 1, 2, 3]],
    ['client:"10.0.0.5"', [0, 2, 3]],
    ['client:10.0.0.50', [1]],
    ['ANNA', [0]],
    ['user:bob', [1]],
    ['user:"bob"', []],
    ['rule:"data rule"', [3]],
    ['reason:cmd', [1, 3]],
    ['session:s2', [2]],
    ['staff reason:cmd user:bob', [1]],
    ['srv:21', [0, 1, 2, 3]],
    ['constructor:x', []],
    ['nobody', []],
  ])('%s', (query, expected) => {
    expect(found({ query })).toEqual(expected)
  })

  test('by verdict', () => {
    expect(found({ verdict: 'refused' })).toEqual([1])
    expect(found({ verdict: 'noted' })).toEqual([3])
    expect(found({ verdict: 'clean' })).toEqual([0, 2])
  })

  test('by what could be read', () => {
    expect(found({ channel: 'opaque' })).toEqual([2])
    expect(found({ channel: 'clear' })).toEqual([0, 1, 3])
  })

  test('by the time of the beginning, the end exclusive', () => {
    expect(found({ from: 1010, to: 1030 })).toEqual([1, 2])
  })

  test('in any order; what is equal keeps the order of time', () => {
    expect(found({ isDescending: true })).toEqual([3, 2, 1, 0])
    expect(found({ sort: 'bytes', isDescending: true })).toEqual([0, 3, 2, 1])
    expect(found({ sort: 'bytes' })).toEqual([1, 2, 3, 0])
    expect(found({ sort: 'client' })).toEqual([0, 2, 3, 1])
    expect(found({ sort: 'duration', isDescending: true })[0]).toBe(2)
    expect(found({ sort: 'refusals', isDescending: true })[0]).toBe(1)
  })
})
