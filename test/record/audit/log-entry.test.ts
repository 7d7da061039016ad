import { beginsLikeRecord } from '../../../src/record/audit/log-entry.ts'
import { expect, test } from 'vitest'
import { decodeLine, numberOf, readEntry, textOf } from '../../../src/record/audit/log-entry.ts'
import { clearSession, entryOf, latin1, seal } from './sample.ts'

const time = '2026-11-21T07:00:00.000Z'

test('a known record', () => {
  const entry = entryOf({ type: 'log.lost', records: 3 }, 9)
  expect(entry).toMatchObject({ seq: 9, type: 'log.lost', session: undefined })
  expect(entry.record).toMatchObject({ type: 'log.lost', records: 3 })
  expect(numberOf(entry, 'records')).toBe(3)
  expect(textOf(entry, 'records')).toBeUndefined()
})

test('text of peers is what it was', () => {
  const record = clearSession('s1', 'anna').find(({ type }) => type === 'data.open')
  expect(record && textOf(entryOf(record), 'path')).toBe('/pub/räksmörgås.zip')
})

test('a record of a newer version keeps its fields', () => {
  const entry = entryOf({ type: 'quota.reached', session: 's1', bytes: 5 })
  expect(entry.record).toBeUndefined()
  expect(entry).toMatchObject({ session: 's1', fields: { bytes: 5 } })
})

test.each([
  ['hello', 'not a packet-log record'],
  ['[1]', 'not a packet-log record'],
  [`{"time":"${time}","seq":1,"type":"log.st`, 'a record that is cut short'],
  [`{"time":"${time}",,}`, 'a damaged record: not JSON'],
  ['{"seq":1,"type":"log.stop"}', 'not a packet-log record: it lacks time, seq or type'],
  ['{"time":"yesterday","seq":1,"type":"log.stop"}', 'the time of the record is none'],
  [
    '{"time":"2026-13-21T07:00:00.000Z","seq":1,"type":"log.stop"}',
    'the time of the record is none',
  ],
  [
    `{"time":"${time}","seq":1,"type":"log.lost"}`,
    'the field records of this log.lost is missing or wrong',
  ],
])('%s: %s', (line, problem) => {
  expect(readEntry(line)).toEqual({ problem })
})

test('decodeLine gives back what the bytes said', () => {
  const [line = ''] = seal([{ type: 'log.start', version: 'å', rules: '→ 漢.yaml' }])
  expect(decodeLine(latin1(line))).toBe(line)
  expect(decodeLine('\xff')).toBe('\ufffd')
})

test('what may be the beginning of a record', () => {
  for (const line of ['{', '{"ti', '{"time":"', '{"time":"2026'])
    expect(beginsLikeRecord(line)).toBe(true)
  for (const line of ['', 'hello', '{"seq":']) expect(beginsLikeRecord(line)).toBe(false)
})
