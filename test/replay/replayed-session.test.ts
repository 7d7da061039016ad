import { expect, test } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { permissiveRuleset } from '../../src/replay/door.ts'
import { Judge } from '../../src/replay/judge.ts'
import { ReplayedSession } from '../../src/replay/replayed-session.ts'
import { at, START } from './played.ts'

function begun(
  ruleset: Ruleset = permissiveRuleset(),
  isFromStart = true,
): {
  session: ReplayedSession
  types: string[]
  client: (text: string) => void
  server: (text: string) => void
} {
  const types: string[] = []
  const judge = new Judge(createEvaluator(ruleset), {
    record: (record) =>
      types.push('verdict' in record ? `${record.verdict} ${record.reason}` : record.type),
  })
  const session = new ReplayedSession(judge, {
    id: sessionId('r1'),
    client: at('192.0.2.10:40000'),
    server: at('198.51.100.20:21'),
    tls: 'explicit',
    ordinal: 1,
    listener: undefined,
  })
  session.open(isFromStart, START)
  return {
    session,
    types,
    client: (text) => session.bytes('client', Buffer.from(`${text}\r\n`), START),
    server: (text) => session.bytes('server', Buffer.from(`${text}\r\n`), START),
  }
}

test('replies that come before the engine has asked wait for it', () => {
  const { types, client, server } = begun()
  server('220 x')
  client('USER a\r\nPASS b\r\nSYST')
  server('331 x\r\n230 y\r\n215 z')
  expect(types).toEqual([
    'session.open',
    'control.reply',
    'control.command',
    'control.reply',
    'control.command',
    'control.reply',
    'control.command',
    'control.reply',
  ])
})

test('a client far ahead is held back as it would be, and nothing is lost', () => {
  const { types, client, server } = begun()
  server('220 x')
  for (let line = 0; line < 60; line++) client('NOOP')
  for (let line = 0; line < 60; line++) server('200 x')
  expect(types.filter((type) => type === 'control.command')).toHaveLength(60)
  expect(types.filter((type) => type === 'control.reply')).toHaveLength(61)
})

test('why it ended is known afterwards', () => {
  const { session, client, server } = begun()
  server('220 x')
  expect(session.endReason).toBeUndefined()
  client('GET / HTTP/1.1')
  expect(session.endReason).toBe('proto.http')
})

test('without its beginning it waits for a command that stands alone', () => {
  const { types, client, server } = begun(permissiveRuleset(), false)
  server('250 of something earlier')
  client('\x00\x01')
  expect(types).toEqual(['capture.mid-stream'])
  client('CWD x')
  server('250 ok')
  expect(types).toEqual(['capture.mid-stream', 'session.open', 'control.command', 'control.reply'])
})

test('the server closes behind replies that still wait', () => {
  const { session, types, client, server } = begun()
  server('220 x')
  client('PWD')
  client('QUIT')
  server('257 x\r\n221 bye')
  session.closed('server', 'end', START)
  expect(types.at(-1)).toBe('session.close')
})

test('a hole in what is opaque ends the reading, not the session', () => {
  const { session, types, client, server } = begun()
  server('220 x')
  client('AUTH TLS')
  server('234 go')
  session.gap('client', 100, START)
  client('QUIT')
  expect(types.slice(-1)).toEqual(['capture.gap'])
  session.finish(START, false)
  expect(types.at(-1)).toBe('session.close')
})

test('commands that are still held when the session ends are told of', () => {
  const { session, types, client, server } = begun()
  server('220 x')
  client('USER a\r\nPWD\r\nSYST')
  session.closed('server', 'end', START)
  session.finish(START, false)
  expect(types.filter((type) => type === 'capture.held')).toHaveLength(1)
})

test('behind a verdict that ends the session nothing is held', () => {
  const { session, types, client, server } = begun()
  server('220 x')
  client(`GET / HTTP/1.1\r\nNOOP\r\nPWD`)
  session.finish(START, false)
  expect(types).toContain('close proto.http')
  expect(types).not.toContain('capture.held')
})
