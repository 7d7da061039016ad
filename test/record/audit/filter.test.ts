import { describe, expect, test } from 'vitest'
import { parseCidr } from '../../../src/net/cidr.ts'
import { Auditor } from '../../../src/record/audit/auditor.ts'
import { AuditFilter, type FilterOptions } from '../../../src/record/audit/filter.ts'
import { readHeader } from '../../../src/record/audit/line-header.ts'
import type { LogEntry } from '../../../src/record/audit/log-entry.ts'
import { SessionTracker } from '../../../src/record/audit/session-tracker.ts'
import {
  clearSession,
  entryOfLine,
  latin1,
  LOG_START,
  LOG_STOP,
  opaqueSession,
  seal,
} from './sample.ts'

const lines = seal([
  LOG_START,
  ...clearSession('s1', 'anna'),
  ...opaqueSession('s2'),
  ...clearSession('s3', 'bert', '198.51.100.9:1'),
  {
    type: 'session.refused',
    client: '198.51.100.9:2',
    server: '10.0.0.6:21',
    listener: 'ftp',
    reason: 'rule.none',
  },
  {
    type: 'data.refused',
    peer: '198.51.100.9:3',
    local: '203.0.113.1:50021',
    reason: 'data.foreign-peer',
    session: 's1',
  },
  {
    type: 'quota.reached',
    session: 's1',
    client: '192.0.2.10:40000',
    reason: 'quota.bytes',
    rule: 'partners',
  },
  LOG_STOP,
]).map(latin1)

function select(options: FilterOptions): LogEntry[] {
  const selected: LogEntry[] = []
  const auditor = new Auditor(new AuditFilter(options), {
    needsSessions: false,
    take: (entry) => selected.push(entry),
  })
  for (const line of lines) expect(auditor.accept(line)).toBeUndefined()
  expect(auditor.selected).toBe(selected.length)
  return selected
}

const block = (text: string) => {
  const parsed = parseCidr(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

const count = (options: FilterOptions): number => select(options).length
const sessions = (options: FilterOptions): (string | undefined)[] => [
  ...new Set(select(options).map(({ session }) => session)),
]

test('without conditions, everything', () => {
  expect(new AuditFilter({}).isEmpty).toBe(true)
  expect(count({})).toBe(lines.length)
})

test('time: from, inclusive, to, exclusive', () => {
  const since = '2026-11-21T07:00:00.100Z'
  const until = '2026-11-21T07:00:00.200Z'
  expect(select({ since, until }).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 10 }, (_, index) => index + 11),
  )
})

test('session, client and server', () => {
  expect(sessions({ sessions: ['s2'] })).toEqual(['s2'])
  expect(sessions({ clients: [block('192.0.2.0/24')] })).toEqual(['s1'])
  expect(sessions({ clients: [block('2001:db8::/32'), block('198.51.100.9')] })).toEqual([
    's2',
    's3',
    undefined,
  ])
  expect(count({ servers: [block('10.0.0.6')] })).toBe(1)
  expect(count({ clients: [block('0.0.0.0/0')], servers: [block('10.0.0.6')] })).toBe(1)
})

test('user: while logged in', () => {
  const of = select({ users: ['bert'] })
  expect(of[0]).toMatchObject({ type: 'control.reply', fields: { code: 230 } })
  expect(of.at(-1)?.type).toBe('session.close')
  expect(new Set(of.map(({ session }) => session))).toEqual(new Set(['s3']))
  expect(count({ users: ['bert'], verbs: ['RETR'] })).toBe(5)
})

test('verb', () => {
  expect(select({ verbs: ['PORT', 'NOOP'] }).map(({ type }) => type)).toEqual([
    'control.command',
    'verdict',
    'control.reply',
    'control.command',
    'control.reply',
    'control.command',
    'verdict',
    'control.reply',
  ])
})

test('path: of commands and data connections', () => {
  expect(count({ paths: ['*.zip'] })).toBe(6)
  expect(count({ paths: ['/pub/räk*'] })).toBe(6)
  expect(count({ paths: ['198*'] })).toBe(0)
})

test('verdict, also of those who were turned away', () => {
  expect(count({ verdicts: ['reject'] })).toBe(2)
  expect(select({ verdicts: ['refused'] }).map(({ type }) => type)).toEqual([
    'verdict',
    'verdict',
    'session.refused',
    'data.refused',
  ])
  expect(count({ verdicts: ['deny', 'drop-data'] })).toBe(2)
})

test('reason, exactly or by pattern, of unknown records too', () => {
  expect(count({ reasons: ['rule.none'] })).toBe(1)
  expect(count({ reasons: ['data.*', 'quota.*'] })).toBe(2)
})

test('rule: those who name it, and data connections that it let through', () => {
  expect(
    select({ rules: ['partners: passive data'], sessions: ['s1'] }).map(({ type }) => type),
  ).toEqual(['pinhole.open', 'pinhole.use', 'pinhole.close', 'data.open', 'data.close'])
  expect(count({ rules: ['partners'], verbs: [] })).toBe(3 + 1 + 3)
})

test('opaque and clear share everything that is of a session', () => {
  const opaque = select({ channel: 'opaque' })
  expect(opaque.map(({ type }) => type)).toEqual([
    'channel.opaque',
    'range.open',
    'pinhole.use',
    'data.open',
    'data.close',
    'channel.clear',
  ])
  const ofSessions = select({}).filter(({ session }) => session !== undefined).length
  expect(opaque.length + count({ channel: 'clear' })).toBe(ofSessions)
})

test('bytes, in both directions together', () => {
  expect(select({ minBytes: 500_070 }).map(({ type }) => type)).toEqual([
    'data.close',
    'session.close',
    'data.close',
    'session.close',
    'data.close',
    'session.close',
  ])
  expect(count({ minBytes: 500_071 })).toBe(4)
})

describe('mayMatch', () => {
  const everyKind: readonly FilterOptions[] = [
    { since: '2026-11-21T07:00:00.100Z', until: '2026-11-21T07:00:00.300Z' },
    { sessions: ['s1'] },
    { clients: [block('192.0.2.10')] },
    { servers: [block('2001:db8::5')] },
    { users: ['anna'] },
    { verbs: ['RETR'] },
    { paths: ['*.zip'] },
    { verdicts: ['refused'] },
    { reasons: ['data.*'] },
    { rules: ['partners'] },
    { channel: 'opaque' },
    { minBytes: 1 },
  ]
  test.each(everyKind)('%j: never turns down what matches', (options) => {
    const filter = new AuditFilter(options)
    const tracker = new SessionTracker()
    let matching = 0
    for (const line of lines) {
      const entry = entryOfLine(Buffer.from(line, 'latin1').toString())
      const header = readHeader(line)
      if (!filter.matches(entry, tracker.observe(entry))) continue
      matching += 1
      if (header !== undefined) expect(filter.mayMatch(header, line)).toBe(true)
    }
    expect(matching).toBeGreaterThan(0)
  })
})
