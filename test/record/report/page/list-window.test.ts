import { expect, test } from 'vitest'
import { listWindow } from '../../../../src/record/report/page/list-window.ts'

test.each([
  ['an empty list', 0, 0, 400, { first: 0, last: 0 }],
  ['a short one', 5, 0, 400, { first: 0, last: 5 }],
  ['the beginning', 5000, 0, 400, { first: 0, last: 18 }],
  ['the middle', 5000, 100_000, 400, { first: 2492, last: 2518 }],
  ['the end', 5000, 199_600, 400, { first: 4982, last: 5000 }],
  [
    'beyond the end, when a filter has just shortened the list',
    3,
    199_600,
    400,
    { first: 3, last: 3 },
  ],
])('%s', (_name, count, scrollTop, height, expected) => {
  expect(listWindow(count, 40, scrollTop, height)).toEqual(expected)
})
