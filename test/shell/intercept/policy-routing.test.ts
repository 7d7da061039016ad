import { expect, test } from 'vitest'
import {
  deleteRoute,
  deleteRule,
  INTERCEPT_MARK,
  routingSteps,
} from '../../../src/shell/intercept/policy-routing.ts'
import { MARK } from '../../../src/shell/data-path/kernel/table-names.ts'

test('each step is undone by the same words', () => {
  const steps = routingSteps([4, 6])
  expect(steps.map(({ add }) => add.join(' '))).toEqual([
    '-4 route add local default dev lo table 2121',
    '-4 rule add pref 2121 fwmark 0x100000/0x100000 lookup 2121',
    '-6 route add local default dev lo table 2121',
    '-6 rule add pref 2121 fwmark 0x100000/0x100000 lookup 2121',
  ])
  for (const { add, remove } of steps)
    expect(remove).toEqual(add.map((word) => (word === 'add' ? 'del' : word)))
})

test('what a predecessor left is named as what is put in', () => {
  expect(deleteRule(4)).toEqual(routingSteps([4]).at(-1)?.remove)
  expect(deleteRoute(6)).toEqual(routingSteps([6]).at(0)?.remove)
})

test('the mark is one bit, and not that of the data path', () => {
  expect(INTERCEPT_MARK & (INTERCEPT_MARK - 1)).toBe(0)
  expect(INTERCEPT_MARK & MARK).toBe(0)
})
