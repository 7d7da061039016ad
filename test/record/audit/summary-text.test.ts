import { describe, expect, test } from 'vitest'
import type { SummaryReport } from '../../../src/record/audit/summary.ts'
import { summaryCsv, summaryJson, summaryTable } from '../../../src/record/audit/summary-text.ts'
import { plainStyle } from '../../../src/record/ladder-row.ts'
import { textWidth } from '../../../src/record/text-width.ts'

const counts = (sessions: number, toClient: number, refusals: number) => ({
  sessions,
  commands: sessions * 10,
  transfers: sessions,
  toClient,
  toServer: 0,
  refusals,
  notes: 0,
})

const report: SummaryReport = {
  dimension: 'client',
  rows: [
    { key: '192.0.2.10', ...counts(1200, 5_400_000_000, 3) },
    { key: '2001:db8:1:2:3:4:5:6', ...counts(310, 1_000_000, 0) },
    { key: undefined, ...counts(1, 0, 0) },
  ],
  others: counts(44, 12_000, 9),
  otherKeys: 1234,
  total: counts(1555, 5_401_012_000, 12),
  isExact: true,
}

describe('summaryTable', () => {
  test('a bar where there is room', () => {
    const text = summaryTable(report, { columns: 110, style: plainStyle, sort: 'sessions' })
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      CLIENT                SESSIONS  COMMANDS  TRANSFERS  TO CLIENT  TO SERVER  REFUSALS
      192.0.2.10               1,200    12,000      1,200    5.40 GB          ·         3  ████████████████████████
      2001:db8:1:2:3:4:5:6       310     3,100        310    1.00 MB          ·         ·  ██████▎
      (no client)                  1        10          1          ·          ·         ·
      1,234 others                44       440         44    12.0 kB          ·         9
      total                    1,555    15,550      1,555    5.40 GB          ·        12
      "
    `)
  })

  test.each([40, 50, 60, 80, 100, 200])('fits into %s columns', (columns) => {
    const text = summaryTable(report, { columns, style: plainStyle, sort: 'bytes' })
    for (const row of text.split('\n')) expect(textWidth(row)).toBeLessThanOrEqual(columns)
    expect(text).toMatch(/TO CLIENT {2}.*REFUSALS/)
  })

  test('leaves out numbers, not those that rows are ordered by', () => {
    const text = summaryTable(report, { columns: 40, style: plainStyle, sort: 'commands' })
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      CLIENT                COMMANDS  REFUSALS
      192.0.2.10              12,000         3
      2001:db8:1:2:3:4:5:6     3,100         ·
      (no client)                 10         ·
      1,234 others               440         9
      total                   15,550        12
      "
    `)
  })

  test.each([40, 50, 80])('reasons are whole on %i columns', (columns) => {
    const key = 'limit.sessions-per-client'
    const rows = [{ key, ...counts(0, 0, 12) }]
    const reasons: SummaryReport = { ...report, dimension: 'reason', rows }
    const text = summaryTable(reasons, { columns, style: plainStyle, sort: 'refusals' })
    expect(text).toContain(`${key} `)
    for (const row of text.split('\n')) expect(textWidth(row)).toBeLessThanOrEqual(columns)
  })

  test('says when rows may count too low', () => {
    const text = summaryTable(
      { ...report, isExact: false },
      { columns: 100, style: plainStyle, sort: 'sessions' },
    )
    expect(text).toContain('up to 1,234 others')
    expect(text).toContain('may count too low')
  })

  test('nothing at all', () => {
    const nothing = { ...report, rows: [], otherKeys: 0, total: counts(0, 0, 0) }
    const text = summaryTable(nothing, { style: plainStyle, sort: 'sessions' })
    expect(text.trimEnd().split('\n')).toHaveLength(2)
  })
})

test('CSV tells rows apart by their kind, and lets no key be a formula', () => {
  const text = summaryCsv({ ...report, rows: [{ key: '=1', ...counts(1, 2, 3) }, ...report.rows] })
  expect(text.split('\r\n')).toEqual([
    'client,sessions,commands,transfers,toClient,toServer,refusals,notes,row',
    "'=1,1,10,1,2,0,3,0,key",
    '192.0.2.10,1200,12000,1200,5400000000,0,3,0,key',
    '2001:db8:1:2:3:4:5:6,310,3100,310,1000000,0,0,0,key',
    ',1,10,1,0,0,0,0,none',
    ',44,440,44,12000,0,9,0,others',
    ',1555,15550,1555,5401012000,0,12,0,total',
    '',
  ])
})

test('JSON holds everything', () => {
  expect(JSON.parse(summaryJson(report))).toMatchObject({
    by: 'client',
    rows: [{ key: '192.0.2.10', sessions: 1200 }, {}, { key: null }],
    others: { keys: 1234, refusals: 9 },
    total: { sessions: 1555 },
    exact: true,
  })
})

test('one other is no others', () => {
  const text = summaryTable({ ...report, otherKeys: 1 }, { style: plainStyle, sort: 'sessions' })
  expect(text).toMatch(/^1 other {2,}/m)
})
