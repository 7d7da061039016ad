import { expect, test } from 'vitest'
import {
  grouped,
  parseByteCount,
  parseMoment,
  shortBytes,
} from '../../../src/record/audit/quantity.ts'

const now = Date.UTC(2026, 10, 21, 12)

test.each([
  ['2h', '2026-11-21T10:00:00.000Z'],
  ['90s', '2026-11-21T11:58:30.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
  ['1w', '2026-11-14T12:00:00.000Z'],
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21T07:13', '2026-11-21T07:13:00.000Z'],
  ['2026-11-21 07:13:19', '2026-11-21T07:13:19.000Z'],
  ['2026-11-21T07:13:19.198Z', '2026-11-21T07:13:19.198Z'],
  ['2026-11-21T07:13+02:00', '2026-11-21T05:13:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2026-02-29', undefined],
  ['2026-13-01', undefined],
  ['2026-11-21T25:00', undefined],
  ['999999w', undefined],
  ['yesterday', undefined],
  ['2', undefined],
  ['', undefined],
])('the moment %s is %s', (text, moment) => {
  expect(parseMoment(text, now)).toBe(moment)
})

test.each([
  ['500', 500],
  ['10k', 10_000],
  ['10K', 10_000],
  ['1.5M', 1_500_000],
  ['2Gi', 2_147_483_648],
  ['3GB', 3_000_000_000],
  ['1i', undefined],
  ['-1', undefined],
  ['1e9', undefined],
  ['', undefined],
])('%s are %s bytes', (text, bytes) => {
  expect(parseByteCount(text)).toBe(bytes)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [108_556, '109 kB'],
  [999_700, '1.00 MB'],
  [12_345_678, '12.3 MB'],
  [5e18, '5000 PB'],
])('%s in short', (bytes, text) => {
  expect(shortBytes(bytes)).toBe(text)
})

test('digits in groups', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567'])
})
