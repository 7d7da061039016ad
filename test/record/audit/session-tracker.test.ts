import { describe, expect, test } from 'vitest'
import { readHeader } from '../../../src/record/audit/line-header.ts'
import { type EntryContext, SessionTracker } from '../../../src/record/audit/session-tracker.ts'
import {
  clearSession,
  entryOf,
  entryOfLine,
  latin1,
  LOG_START,
  opaqueSession,
  party,
  type Sample,
  seal,
} from './sample.ts'

function contexts(records: readonly Sample[]): (EntryContext & { readonly type: string })[] {
  const tracker = new SessionTracker()
  return records.map((record) => ({ ...tracker.observe(entryOf(record)), type: record.type }))
}

test('a worker that starts anew ends its own sessions, and not those of another', () => {
  const login = (session: string): readonly Sample[] => clearSession(session, 'anna').slice(0, 7)
  const after = (session: string): Sample => ({
    type: 'control.command',
    ...party(session),
    verb: 'NOOP',
  })
  const all = contexts([
    ...login('a.1-1'),
    ...login('a.2-1'),
    { ...LOG_START, worker: 1 },
    after('a.1-1'),
    after('a.2-1'),
  ])
  expect(all.slice(-2).map(({ user }) => user)).toEqual([undefined, 'anna'])
})

describe('who is logged in', () => {
  test('from the reply 230 on, and to the end', () => {
    const all = contexts(clearSession('s1', 'anna'))
    expect(all.map(({ user }) => user).slice(0, 5)).toEqual(Array(5).fill(undefined))
    expect(all.slice(5).every(({ user }) => user === 'anna')).toBe(true)
    expect(all.filter(({ isLogin }) => isLogin)).toHaveLength(1)
  })

  test('nobody when the password is wrong, nor after another USER or REIN', () => {
    const of = party('s1')
    const command = (verb: string, argument?: string): Sample => ({
      type: 'control.command',
      ...of,
      verb,
      argument,
    })
    const reply = (code: number, verb: string): Sample => ({
      type: 'control.reply',
      ...of,
      code,
      text: '',
      lines: 1,
      verb,
    })
    const users = contexts([
      command('USER', 'anna'),
      reply(530, 'PASS'),
      reply(230, 'NOOP'),
      reply(230, 'PASS'),
      command('USER', 'bert'),
      reply(230, 'USER'),
      reply(220, 'REIN'),
      reply(230, 'PASS'),
    ]).map(({ user }) => user)
    expect(users).toEqual([
      undefined,
      undefined,
      undefined,
      'anna',
      undefined,
      'bert',
      undefined,
      undefined,
    ])
  })

  test('sessions do not mix', () => {
    const [a, b] = [clearSession('a', 'anna'), clearSession('b', 'bert')]
    const mixed = a.flatMap((record, index) => [record, b[index] ?? record])
    const users = contexts(mixed).slice(12)
    expect(users.filter((_, index) => index % 2 === 0).every(({ user }) => user === 'anna')).toBe(
      true,
    )
    expect(users.filter((_, index) => index % 2 === 1).every(({ user }) => user === 'bert')).toBe(
      true,
    )
  })
})

test('opaque until both sides are clear', () => {
  const all = contexts(opaqueSession('s1'))
  const of = (type: string): (boolean | undefined)[] =>
    all.filter((each) => each.type === type).map(({ isOpaque }) => isOpaque)
  expect(of('channel.opaque')).toEqual([true])
  expect(of('data.close')).toEqual([true])
  expect(of('channel.clear')).toEqual([true, false])
  expect(of('range.close')).toEqual([false])
  expect(contexts([LOG_START])[0]?.isOpaque).toBeUndefined()
})

test('a data connection has the rule of its pinhole, and in the static range that of the session', () => {
  const rules = (records: readonly Sample[]): (string | undefined)[] =>
    contexts(records)
      .filter(({ type }) => type.startsWith('data.'))
      .map(({ rule }) => rule)
  expect(rules(clearSession('s1', 'anna'))).toEqual(Array(2).fill('partners: passive data'))
  expect(rules(opaqueSession('s1'))).toEqual(Array(2).fill('partners'))
})

test('nothing is kept of sessions that are over, or whose process is', () => {
  const tracker = new SessionTracker()
  const [open, ...rest] = clearSession('s1', 'anna').map((record) => entryOf(record))
  if (open !== undefined) tracker.observe(open)
  expect(tracker.size).toBe(1)
  for (const entry of rest) tracker.observe(entry)
  expect(tracker.size).toBe(0)
  if (open !== undefined) tracker.observe(open)
  tracker.observe(entryOf(LOG_START))
  expect(tracker.size).toBe(0)
})

test('sessions without an end are bounded', () => {
  const tracker = new SessionTracker()
  const [open = LOG_START] = clearSession('s', 'anna')
  const entry = entryOf(open)
  for (let number = 0; number < 100_100; number++)
    tracker.observe({ ...entry, session: `s${number}` })
  expect(tracker.size).toBe(100_000)
})

test('lines that it says are none of its concern change nothing', () => {
  const lines = seal([LOG_START, ...clearSession('a', 'anna'), ...opaqueSession('b')])
  const [all, some] = [new SessionTracker(), new SessionTracker()]
  const last = { all: '', some: '' }
  for (const line of lines) {
    const entry = entryOfLine(line)
    const header = readHeader(latin1(line))
    const context = all.observe(entry)
    const isOfInterest = ['data.close', 'verdict'].includes(entry.type)
    if (isOfInterest) last.all += JSON.stringify(context)
    if (header === undefined || SessionTracker.concerns(header, line) || isOfInterest) {
      const own = some.observe(entry)
      if (isOfInterest) last.some += JSON.stringify(own)
    }
  }
  expect(last.some).toBe(last.all)
  expect(last.all).toContain('anna')
})
