import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Side } from '../../src/engine/session/event.ts'
import { chooseDoor, permissiveRuleset } from '../../src/replay/door.ts'
import { Judge } from '../../src/replay/judge.ts'
import { at, START } from './played.ts'

const SESSION = sessionId('r1')

function judged(rules = permissiveRuleset().rules): {
  judge: Judge
  log: string[]
  say: (side: Side, text: string) => void
} {
  const log: string[] = []
  const evaluator = createEvaluator({ ...permissiveRuleset(), rules })
  const judge = new Judge(evaluator, {
    record: (record, time, session) =>
      log.push(`${time - START} ${record.type} ${session ?? ''}`.trim()),
  })
  const client = at('192.0.2.10:40000')
  const observed = { client, server: at('198.51.100.20:21'), tls: 'explicit', ordinal: 1 } as const
  judge.connect(
    SESSION,
    chooseDoor(evaluator, observed),
    client,
    {
      send: (side, bytes) => log.push(`to ${side} ${Buffer.from(bytes).toString().trim()}`),
      flow: () => undefined,
      record: (record) => log.push(record.type),
      ended: (session) => log.push(`ended ${session}`),
    },
    START,
  )
  const say = (side: Side, text: string): void =>
    judge.handle(
      { type: 'bytes', session: SESSION, side, bytes: Buffer.from(`${text}\r\n`) },
      START,
    )
  return { judge, log, say }
}

test('a session hears of itself what the engine does', () => {
  const { log, say, judge } = judged()
  say('server', '220 x')
  say('client', 'USER a')
  expect(log).toEqual([
    'session.open',
    'to client 220 x',
    'control.reply',
    'control.command',
    'to server USER a',
  ])
  expect(judge.namesOf(SESSION)).toEqual({ client: '192.0.2.10:40000', server: '198.51.100.20:21' })
})

test('one that is refused hears of that too', () => {
  expect(judged([]).log).toEqual([
    'session.refused',
    'to client 421 No rule permits it.',
    'ended r1',
  ])
})

test('timers fire at their own time', () => {
  const { judge, log } = judged()
  judge.advance(START + 29_999)
  expect(log.at(-1)).toBe('session.open')
  judge.advance(START + 600_000)
  expect(judge.time).toBe(START + 30_000)
  expect(log.at(-1)).toBe('ended r1')
})

test('what the kernel passed for a range that is not open is cut off, and told', () => {
  const { judge } = judged()
  const closed: string[] = []
  const never = (): never => {
    throw new Error('nobody was asked')
  }
  judge.arrive(
    {
      local: at('192.0.2.10:40001'),
      id: pinholeId(sessionId('r1'), 0),
      session: sessionId('r1'),
      mode: 'active',
      cover: 'range',
    },
    at('198.51.100.20:20'),
    {
      dialed: never,
      dropped: never,
      closed: () => void closed.push('closed'),
      secondLeg: never,
    },
    START,
  )
  expect([closed, judge.lastRefusal?.reason]).toEqual([['closed'], 'data.extra-peer'])
})

test('pinholes open at once, and data connections find them', () => {
  const { judge, log, say } = judged()
  for (const [side, text] of [
    ['server', '220 x'],
    ['client', 'USER a'],
    ['server', '331 x'],
    ['client', 'PASS a'],
    ['server', '230 x'],
    ['client', 'PASV'],
    ['server', '227 ok (198,51,100,20,156,64)'],
  ] as const)
    say(side, text)
  const opening = judge.openings.find(at('192.0.2.10:5'), at('198.51.100.20:40000'))
  if (opening === undefined) throw new Error('nothing is open')
  const heard: string[] = []
  const listener = {
    dialed: () => void heard.push('dialed'),
    dropped: () => void heard.push('dropped'),
    closed: () => void heard.push('closed'),
    secondLeg: () => {
      throw new Error('it has one leg')
    },
  }
  judge.arrive(opening, at('192.0.2.66:5'), listener, START)
  judge.arrive(opening, at('192.0.2.10:5'), listener, START)
  expect([heard, judge.lastRefusal?.reason]).toEqual([['dropped', 'dialed'], 'data.foreign-peer'])
  expect(log.at(-1)).toBe('pinhole.close')
})
