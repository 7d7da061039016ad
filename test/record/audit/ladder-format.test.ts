import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LadderFormat } from '../../../src/record/audit/ladder-format.ts'
import type { Sample } from './sample.ts'
import { clearSession, LOG_START, party } from './sample.ts'
import { print } from './formatting.ts'

test('is the ladder of the documentation', () => {
  const doc = readFileSync('docs/packet-log.md', 'utf8')
  const records = (doc.match(/^\{"time".*\}$/gm) ?? []).map((line) => JSON.parse(line) as Sample)
  const rows = print(new LadderFormat({}), records).replaceAll(/^.{10}/gm, '')
  // The times are others here: tests seal records ten milliseconds apart.
  for (const row of rows.split('\n').filter((each) => each.includes('│')))
    expect(doc).toContain(row)
})

test('records of a newer version are not lost', () => {
  const of = party('s1')
  const [open = LOG_START] = clearSession('s1', 'anna')
  const text = print(new LadderFormat({}), [
    open,
    { type: 'control.command', ...of, verb: 'NOOP' },
    { type: 'quota.reached', ...of, bytes: 5 },
    { type: 'power.low', volts: 11 },
  ])
  expect(text.split('\n').slice(-4)).toEqual([
    '   0.010  NOOP                         ─┼──────────────────────┼▶',
    '   0.020                                │ ? quota.reached bytes=5',
    '                                        │ ? power.low volts=11',
    '',
  ])
})

test('what only a capture tells has a row of its own, as in a replay', () => {
  const of = party('s1')
  const [open = LOG_START] = clearSession('s1', 'anna')
  const data = { from: '192.0.2.1:5', to: '192.0.2.2:6', fromBytes: 0, toBytes: 5 }
  const text = print(new LadderFormat({}), [
    open,
    { type: 'control.command', ...of, verb: 'NOOP' },
    { type: 'capture.gap', ...of, side: 'client', bytes: 12 },
    { type: 'capture.data', ...of, ...data, cover: 'none', reason: 'not-announced' },
    { type: 'capture.end', packets: 9, bytes: 900, sessions: 1 },
  ])
  const rows = text
    .split('\n')
    .slice(-6)
    .map((row) => row.replace(/ ─+$/, '').trim())
  expect(rows).toEqual([
    '0.010  NOOP                         ─┼──────────────────────┼▶',
    '── capture: gap: 12 bytes of the client are missing',
    '── capture: data: 192.0.2.1:5 → 192.0.2.2:6 uncovered · not-announced',
    '0 bytes out, 5 back',
    '── capture: end: 9 packets, 1 control connections',
    '',
  ])
})

test('a command that nothing follows is drawn at the end', () => {
  const text = print(new LadderFormat({}), [
    { type: 'control.command', ...party('s1'), verb: 'NOOP' },
  ])
  expect(text).toContain('NOOP')
})
