/** Captures of the proxy itself: both legs of a session are replayed as the one session it was. */
import { describe, expect, test } from 'vitest'
import {
  CaptureScript,
  doorRuleset,
  LOGIN,
  play,
  type Played,
  type ScriptedConnection,
} from './played.ts'

const CLIENT = '192.0.2.10:40000'
const LISTEN = '203.0.113.1:21'
const PROXY = '203.0.113.1:51000'
const SERVER = '198.51.100.20:21'

type Line = readonly [client: string | undefined, server: string | undefined]

/** Lines of both legs in the order in which they were sent: `>` on the client's first, `<` last. */
function script(
  lines: readonly Line[],
  behind?: (line: string, script: CaptureScript) => void,
): CaptureScript {
  const made = new CaptureScript()
  const client = made.connect(CLIENT, LISTEN).open()
  const server = made.connect(PROXY, SERVER).open()
  for (const line of LOGIN)
    if (line.startsWith('>')) {
      client.say(line)
      server.say(line)
    } else {
      server.say(line)
      client.say(line)
    }
  for (const [onClient, onServer] of lines) {
    const isCommand = (onClient ?? onServer)?.startsWith('>') === true
    if (isCommand && onClient !== undefined) client.say(onClient)
    if (onServer !== undefined) server.say(onServer)
    if (!isCommand && onClient !== undefined) client.say(onClient)
    behind?.(onClient ?? '', made)
  }
  client.close()
  server.close()
  return made
}

function summary({ records }: Played): readonly string[] {
  return records.flatMap((record) => {
    switch (record.type) {
      case 'session.open':
        return [`open ${record.listener} ${record.client} ${record.local} ${record.server}`]
      case 'pinhole.open':
        return [`pinhole ${record.listening} ${record.dial}`]
      case 'pinhole.use':
        return [`use ${record.peer}`]
      case 'data.close':
        return [`data ${record.toClientBytes} ${record.toServerBytes} ${record.cause}`]
      case 'capture.legs':
        return [`legs ${record.by}`]
      case 'capture.end':
        return [`${record.sessions} sessions, ${record.proxied ?? 0} proxied`]
      case 'verdict':
        return [`${record.verdict} ${record.reason}`]
      default:
        return []
    }
  })
}

const PASSIVE: readonly Line[] = [
  ['> PASV', '> PASV'],
  ['< 227 ok (203,0,113,1,195,80)', '< 227 ok (198,51,100,20,156,64)'],
  ['> RETR a', '> RETR a'],
  ['< 150 here', '< 150 here'],
  ['< 226 done', '< 226 done'],
]

describe('one session', () => {
  test('passive: the port is the one that the proxy told, and both data legs are one', () => {
    let data: readonly ScriptedConnection[] = []
    const file = script(PASSIVE, (line, made) => {
      if (line.startsWith('< 227'))
        data = [
          made.connect('203.0.113.1:51001', '198.51.100.20:40000'),
          made.connect('192.0.2.10:40001', '203.0.113.1:50000'),
        ]
      if (line.startsWith('< 227')) for (const leg of data.toReversed()) leg.open()
      if (line !== '< 150 here') return
      for (const leg of data) leg.bytes(1, Buffer.alloc(5000))
      for (const leg of data) leg.close()
    }).file
    const played = play(file, doorRuleset())
    expect(summary(played)).toEqual([
      `open front-door ${CLIENT} ${LISTEN} ${SERVER}`,
      'legs relayed',
      'pinhole 203.0.113.1:50000 198.51.100.20:40000',
      'use 192.0.2.10:40001',
      'data 5000 0 end',
      '1 sessions, 1 proxied',
    ])
    expect(played.data).toMatchObject([{ cover: 'pinhole', isProxied: true, toBytes: 5000 }])
  })

  test('active: the server comes to where the proxy said', () => {
    const lines: readonly Line[] = [
      ['> PORT 192,0,2,10,156,65', '> PORT 203,0,113,1,195,90'],
      ['< 200 ok', '< 200 ok'],
      ['> STOR a', '> STOR a'],
      ['< 150 here', '< 150 here'],
      ['< 226 done', '< 226 done'],
    ]
    const file = script(lines, (line, made) => {
      if (line !== '< 150 here') return
      const own = made.connect('198.51.100.20:20', '203.0.113.1:50010').open()
      const other = made.connect('203.0.113.1:51001', '192.0.2.10:40001').open()
      other.bytes(1, Buffer.alloc(700))
      own.bytes(1, Buffer.alloc(700))
      other.close()
      own.close()
    }).file
    expect(summary(play(file, doorRuleset())).slice(2)).toEqual([
      'pinhole 203.0.113.1:50010 192.0.2.10:40001',
      'use 198.51.100.20:20',
      'data 0 700 end',
      '1 sessions, 1 proxied',
    ])
  })

  test('what the proxy refused then has no reply on the other leg', () => {
    const lines: readonly Line[] = [
      ['> PORT 192,0,2,66,4,1', undefined],
      ['< 500 refused', undefined],
      ['> PWD', '> PWD'],
      ['< 257 "/"', '< 257 "/"'],
    ]
    const { records, lines: said } = play(script(lines).file, doorRuleset())
    expect(said).toContain('reject port.foreign-address PORT')
    expect(records.findLast(({ type }) => type === 'control.reply')).toMatchObject({
      code: 257,
      verb: 'PWD',
    })
  })

  test('under other rules what is refused now leaves its reply out', () => {
    const rules = doorRuleset()
    const strict = { ...rules, rules: rules.rules.filter(({ kind }) => kind !== 'passive-data') }
    const { records } = play(script(PASSIVE).file, strict)
    const codes = records.flatMap((one) => (one.type === 'control.reply' ? [one.code] : []))
    expect(codes).not.toContain(227)
    expect(records.filter(({ type }) => type === 'session.open')).toHaveLength(1)
  })

  test('a pinhole whose line is not in the capture opens all the same', () => {
    const lines: readonly Line[] = [
      ['> PASV', '> PASV'],
      [undefined, '< 227 ok (198,51,100,20,156,64)'],
      ['> NOOP', '> NOOP'],
    ]
    const { file } = script(lines, (line, made) => {
      if (line === '') made.wait(3_000)
    })
    const opened = summary(play(file, doorRuleset())).filter((one) => one.startsWith('pinhole'))
    expect(opened).toEqual([expect.stringMatching(/^pinhole 203\.0\.113\.1:\d+ 198/)])
  })
})

test('without the rule file they are two sessions', () => {
  const { records } = play(script(PASSIVE).file)
  expect(records.filter(({ type }) => type === 'session.open')).toHaveLength(2)
  expect(records.some(({ type }) => type === 'capture.legs')).toBe(false)
})

test('the ladder is that of one session, with nothing of the capture in it', async () => {
  const { LadderOutput } = await import('../../src/replay/format/ladder.ts')
  const { Replay } = await import('../../src/replay/replay.ts')
  const { createEvaluator } = await import('../../src/engine/rules/evaluate.ts')
  const rows: string[] = []
  const output = new LadderOutput((row) => rows.push(row))
  const replay = new Replay([{ evaluator: createEvaluator(doorRuleset()), sink: output }])
  replay.push(script(PASSIVE).file)
  replay.finish()
  output.end()
  expect(rows.filter((row) => row.includes('capture:'))).toEqual([])
  expect(rows.at(-1)).toContain('1 control connection, 1 of them seen on both legs')
})
