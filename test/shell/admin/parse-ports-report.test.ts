import { expect, test } from 'vitest'
import { parsePortsReport } from '../../../src/shell/admin/parse-ports-report.ts'

const REPORT = {
  ranges: [
    {
      key: 'passive-ports',
      listeners: [],
      ports: { first: 50_000, last: 50_099 },
      size: 100,
      isReserved: true,
      holders: [
        {
          holder: '192.0.2.7',
          local: '203.0.113.5',
          used: 1,
          open: ['s3'],
          ports: [{ port: 50_017, state: 'leased', session: 's1' }],
        },
      ],
    },
  ],
}

test('a report is read as it is', () => {
  expect(parsePortsReport(REPORT)).toEqual(REPORT)
  expect(parsePortsReport({ ranges: [] })).toEqual({ ranges: [] })
})

test('what a later version adds is left out', () => {
  expect(parsePortsReport({ ...REPORT, version: 2 })).toEqual(REPORT)
})

test.each([
  ['/'],
  ['/ranges'],
  ['/ranges/0'],
  ['/ranges/0/key'],
  ['/ranges/0/listeners'],
  ['/ranges/0/ports'],
  ['/ranges/0/ports/first'],
  ['/ranges/0/size'],
  ['/ranges/0/holders'],
  ['/ranges/0/holders/0/holder'],
  ['/ranges/0/holders/0/used'],
  ['/ranges/0/holders/0/open'],
  ['/ranges/0/holders/0/open/0'],
  ['/ranges/0/holders/0/ports/0/port'],
  ['/ranges/0/holders/0/ports/0/state'],
  ['/ranges/0/holders/0/ports/0/session'],
])('with something else at %s it is none', (path) => {
  for (const wrong of [null, -1, '\u001b[31m', true])
    expect(parsePortsReport(replaced(REPORT, path, wrong))).toBeUndefined()
})

test('an address that is a name is none', () => {
  const path = '/ranges/0/holders/0/local'
  expect(parsePortsReport(replaced(REPORT, path, 'localhost'))).toBeUndefined()
})

/** A copy with `value` at a JSON pointer. */
function replaced(whole: unknown, path: string, value: unknown): unknown {
  const keys = path.split('/').filter(Boolean)
  if (keys.length === 0) return value
  const copy = structuredClone(whole)
  let at = copy as Record<string, unknown>
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>
  at[keys.at(-1) ?? ''] = value
  return copy
}
