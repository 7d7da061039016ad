import { expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { GroupedLines } from '../../../src/replay/format/output.ts'

const OPEN = {
  type: 'session.open',
  client: '',
  server: '',
  listener: '',
  local: '',
  rule: '',
  profile: '',
} as const
const NOTE = {
  type: 'verdict',
  client: '',
  server: '',
  verdict: 'note',
  reason: 'cmd.denied',
  side: 'client',
} as const
const CLOSE = {
  type: 'session.close',
  client: '',
  server: '',
  reason: 'quit',
  durationMs: 0,
  commands: 0,
  transfers: 0,
  toClientBytes: 0,
  toServerBytes: 0,
  refusals: 0,
} as const

test('the lines of a session come together when it is over, and its data connections are', () => {
  const written: string[] = []
  const lines = new GroupedLines((line) => written.push(line))
  const one = { session: sessionId('r1') }
  const other = { session: sessionId('r2.3') }
  lines.add({ ...OPEN, ...one }, ['1a'])
  lines.add({ ...OPEN, ...other }, ['2a'])
  lines.add({ ...NOTE, ...one }, ['1b'])
  lines.over('r1')
  expect(written).toEqual([])
  lines.add({ ...CLOSE, ...one }, ['1c'])
  expect(written).toEqual(['1a', '1b', '1c'])
  lines.add({ type: 'log.stop' }, ['at once'])
  lines.end()
  expect(written.slice(3)).toEqual(['at once', '2a'])
})

test('one that has very many lines is written in pieces', () => {
  const written: string[] = []
  const lines = new GroupedLines((line) => written.push(line))
  for (let line = 0; line < 20_002; line++)
    lines.add({ ...NOTE, session: sessionId('r1') }, [`${line}`])
  expect(written.length).toBeGreaterThan(20_000)
})
