import { expect, test } from 'vitest'
import { countOf } from '../../src/cli/plural.ts'

test('counts', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'error'))).toEqual([
    'no errors',
    '1 error',
    '2 errors',
  ])
})
