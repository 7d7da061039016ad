import { expect, test } from 'vitest'
import { Auditor, type Consumer } from '../../../src/record/audit/auditor.ts'
import { AuditFilter } from '../../../src/record/audit/filter.ts'
import { clearSession, latin1, LOG_START, seal } from './sample.ts'

const lines = seal([LOG_START, ...clearSession('s1', 'anna')]).map(latin1)

function consumer(more: Partial<Consumer> = {}): Consumer & { readonly taken: string[] } {
  const taken: string[] = []
  return { needsSessions: false, taken, take: (entry) => taken.push(entry.type), ...more }
}

test('what is no record is said, counted, and ends nothing', () => {
  const to = consumer()
  const auditor = new Auditor(new AuditFilter({}), to)
  expect(auditor.accept('')).toBeUndefined()
  expect(auditor.accept('hello')).toBe('not a packet-log record')
  expect(auditor.accept(lines[0]?.slice(0, 80) ?? '')).toBe('a record that is cut short')
  for (const line of lines) expect(auditor.accept(line)).toBeUndefined()
  expect(auditor).toMatchObject({ lines: lines.length + 2, malformed: 2, selected: lines.length })
})

test('a damaged line is found also where the filter would not take it', () => {
  const auditor = new Auditor(new AuditFilter({ sessions: ['other'] }), consumer())
  expect(auditor.accept(lines[3]?.slice(0, -1) ?? '')).toBe('a record that is cut short')
})

test('records of no concern are not taken, but sessions are followed all the same', () => {
  const users = new Set<string | undefined>()
  const to = consumer({
    needsSessions: true,
    concerns: (type) => type === 'data.close',
    take: (_entry, { user }) => users.add(user),
  })
  const auditor = new Auditor(new AuditFilter({}), to)
  for (const line of lines) auditor.accept(line)
  expect([...users]).toEqual(['anna'])
})

test('a record that was read for its session alone is passed by', () => {
  const passed: string[] = []
  const to = consumer({ needsSessions: true, pass: ({ type }) => passed.push(type) })
  const auditor = new Auditor(new AuditFilter({ verdicts: ['reject'] }), to)
  for (const line of lines) auditor.accept(line)
  expect(to.taken).toEqual(['verdict'])
  expect(passed).toContain('pinhole.open')
  expect(passed).not.toContain('data.close')
})

test('fields in another order make no difference', () => {
  const to = consumer()
  const auditor = new Auditor(new AuditFilter({ sessions: ['s1'] }), to)
  const { time, seq, ...rest } = JSON.parse(lines[1] ?? '') as Record<string, unknown>
  expect(auditor.accept(latin1(JSON.stringify({ ...rest, seq, time })))).toBeUndefined()
  expect(to.taken).toEqual(['session.open'])
})
