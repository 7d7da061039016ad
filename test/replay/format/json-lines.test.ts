import { expect, test } from 'vitest'
import { GENESIS, verifyChain } from '../../../src/record/hash-chain.ts'
import { JsonLinesOutput } from '../../../src/replay/format/json-lines.ts'
import { replayTo } from './support.ts'

test('a packet log with an intact chain and the times of the capture', () => {
  const lines: string[] = []
  const output = new JsonLinesOutput((line) => lines.push(line), {
    version: '1.2.3',
    rules: 'a.yaml',
  })
  replayTo([output])
  output.end()
  expect(verifyChain(lines, GENESIS)).toMatchObject({
    records: lines.length,
    firstBreak: undefined,
    foreignLines: [],
    isStopped: true,
  })
  const records = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(records[0]).toMatchObject({
    type: 'log.start',
    seq: 1,
    rules: 'a.yaml',
    previous: GENESIS,
  })
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1))
  expect(records[1]).toMatchObject({
    time: '2026-11-21T10:00:00.002Z',
    type: 'session.open',
    session: 'r1',
  })
  expect(Object.keys(records[1] ?? {}).slice(0, 6)).toEqual([
    'time',
    'seq',
    'type',
    'session',
    'client',
    'server',
  ])
  expect(records.find(({ type }) => type === 'capture.data')).toMatchObject({
    cover: 'pinhole',
    toBytes: 50,
  })
})

test('a line is one line, whatever a record holds', () => {
  const lines: string[] = []
  const output = new JsonLinesOutput((line) => lines.push(line), {
    version: '1',
    rules: 'a\u2028\u009b\nb',
  })
  output.record({ type: 'log.stop' }, 0)
  // eslint-disable-next-line no-control-regex
  expect(lines.join('')).not.toMatch(/[\n\u0080-\u009f\u2028]/)
  expect(lines[0]).toContain('a\\u2028\\u009b\\nb')
})
