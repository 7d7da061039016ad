import { expect, test } from 'vitest'
import { problemsOf } from './loading.ts'

const REST = `
rules:
  - { permit: control, from: any, to: any }
  - { permit: active-data, from: any, to: any }
  - { permit: passive-data, from: any, to: any }
`

function problems(text: string): string {
  return problemsOf(`version: 1\n${text}${REST}`).trim()
}

test('several workers with the data path that several can have', () => {
  expect(problems('workers: 2')).toBe('')
  expect(problems('workers: 64\ndata-path: relay\npassive-ports: 50000-50063')).toBe('')
})

test.each([
  ['workers: 0', /:2:10 error/],
  ['workers: 65', /:2:10 error/],
  ['workers: two', /:2:10 error/],
  ['workers: 2\ndata-path: kernel', /:2:10 error "data-path: kernel" is for one process/],
  [
    'workers: 3\npassive-ports: 50000-50001',
    /:2:10 error each worker needs a passive port of its own, and 50000-50001 are fewer than 3/,
  ],
  ['workers: 2\npacket-log: { path: "-" }', /:3:21 error each worker writes a log/],
])('%s is refused, with its place', (text, problem) => {
  expect(problems(text)).toMatch(problem)
})

test('one worker is what there is without the key', () => {
  expect(problems('workers: 1\ndata-path: kernel\npacket-log: { path: "-" }')).toBe('')
})
