import { expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { CsvOutput } from '../../../src/replay/format/csv.ts'
import { START } from '../played.ts'
import { replayTo } from './support.ts'

test('a heading, and a row for each decision', () => {
  const rows: string[] = []
  const output = new CsvOutput((row) => rows.push(row))
  replayTo([output])
  output.end()
  expect(rows[0]).toBe('time,session,client,server,type,what,text,extra')
  expect(rows.find((row) => row.includes(',reject,'))).toBe(
    '2026-11-21T10:00:00.031Z,r2,192.0.2.11:40000,198.51.100.20:21,verdict,reject,' +
      '"PORT 198,51,100,66,0,80 · port.foreign-address · peer 192.0.2.11",',
  )
})

test('no cell is a formula, and quotes are doubled', () => {
  const rows: string[] = []
  const who = { session: sessionId('r1'), client: '192.0.2.1:1', server: '192.0.2.2:21' }
  const output = new CsvOutput((row) => rows.push(row))
  const verdict = {
    verdict: 'reject',
    verb: '=cmd()',
    argument: '"x"',
    side: 'client',
    reason: 'cmd.denied',
  } as const
  output.record({ type: 'verdict', ...who, ...verdict }, START)
  expect(rows[1]).toContain(`"'=cmd() ""x"" · cmd.denied"`)
})
