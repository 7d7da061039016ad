import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readHeader } from '../../../src/record/audit/line-header.ts'
import { clearSession, entryOfLine, latin1, LOG_START, opaqueSession, seal } from './sample.ts'

const lines = seal([
  LOG_START,
  ...clearSession('s1', 'anna'),
  ...opaqueSession('s2'),
  {
    type: 'session.refused',
    client: '192.0.2.1:1',
    server: '10.0.0.5:21',
    listener: 'a',
    reason: 'rule.none',
  },
  { type: 'data.refused', peer: '192.0.2.1:1', local: '192.0.2.2:2', reason: 'data.early' },
])

test('says what JSON says', () => {
  for (const line of lines) {
    const { time, seq, type, fields } = entryOfLine(line)
    expect(readHeader(latin1(line))).toEqual({
      time,
      seq,
      type,
      session: fields['session'],
      client: fields['client'],
      server: fields['server'],
    })
  }
})

test('nothing of a line that is not whole, or not in the order of the writer', () => {
  const [, open = ''] = lines
  expect(readHeader(open.slice(0, -1))).toBeUndefined()
  expect(readHeader(` ${open}`)).toBeUndefined()
  expect(
    readHeader('{"seq":1,"time":"2026-11-21T07:00:00.000Z","type":"log.stop"}'),
  ).toBeUndefined()
  expect(readHeader('')).toBeUndefined()
})

test('a value with an escape is left to JSON', () => {
  const [line = ''] = seal([{ type: 'session.open', session: 'a"b', client: 'c', server: 'd' }])
  expect(readHeader(line)).toBeUndefined()
})

test('any text gives a header or none, and no exception', () => {
  fc.assert(
    fc.property(fc.constantFrom(...lines), fc.nat(400), fc.string(), (line, at, text) => {
      const changed = `${line.slice(0, at)}${text}${line.slice(at)}`
      const header = readHeader(changed)
      if (header !== undefined) expect(header.time).toHaveLength(24)
    }),
  )
})
