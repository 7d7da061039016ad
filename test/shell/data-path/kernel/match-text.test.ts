import { expect, test } from 'vitest'
import { blocksText, portsText } from '../../../../src/shell/data-path/kernel/match-text.ts'
import { block, ports } from '../../../support/rules.ts'

test.each([
  [['21'], '21'],
  [['50000-50099'], '50000-50099'],
  [['990', '21'], '{ 21, 990 }'],
  [['50000-50099', '50050-50200', '50201', '21'], '{ 21, 50000-50201 }'],
  [['20', '20'], '20'],
  [['1-100', '50-60'], '1-100'],
])('ports %j are %s', (ranges, text) => {
  expect(portsText(ranges.map(ports))).toBe(text)
})

test.each([
  [['10.1.1.0/24'], '10.1.1.0/24', undefined],
  [['10.2.0.1', '2001:db8::/32', '10.1.1.0/24'], '{ 10.2.0.1, 10.1.1.0/24 }', '2001:db8::/32'],
  [['10.1.1.0/24', '10.0.0.0/8', '10.0.0.0/8'], '10.0.0.0/8', undefined],
  [[], undefined, undefined],
])('blocks %j are %s and %s', (blocks, text4, text6) => {
  expect(blocksText(blocks.map(block), 4)).toBe(text4)
  expect(blocksText(blocks.map(block), 6)).toBe(text6)
})
