import { expect, test } from 'vitest'
import { readEntry } from '../../../src/record/audit/log-entry.ts'
import { hitsOf, RuleHits } from '../../../src/record/report/rule-hits.ts'
import { DOWNLOAD, linesOf, OPENED } from './story-fixture.ts'

test('a rule is hit by sessions, pinholes and refusals, and by nothing else', () => {
  const hits = new RuleHits()
  const lines = linesOf([
    OPENED,
    ...DOWNLOAD,
    [50, 'verdict', { verdict: 'reject', reason: 'cmd.denied', side: 'client', rule: 'staff' }],
    [51, 'verdict', { verdict: 'note', reason: 'telnet.stripped', side: 'client', rule: 'staff' }],
    [
      60,
      'session.refused',
      { listener: 'public', client: '192.0.2.1:9', server: '10.0.0.1:21', reason: 'rule.none' },
    ],
  ])
  for (const line of lines) {
    const entry = readEntry(line)
    if (!('problem' in entry)) hits.count(entry)
  }
  const [first, second, ...others] = hits.report()
  expect(first).toEqual({ rule: 'staff', sessions: 1, pinholes: 0, refusals: 1 })
  expect(second).toEqual({ rule: 'passive data', sessions: 0, pinholes: 1, refusals: 0 })
  expect(others).toEqual([])
  expect(first === undefined ? 0 : hitsOf(first)).toBe(2)
  expect(hits.uncounted).toBe(0)
})
