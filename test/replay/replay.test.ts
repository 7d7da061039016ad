import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CaptureScript, doorRuleset, LOGIN, play } from './played.ts'
import { Replay } from '../../src/replay/replay.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { permissiveRuleset } from '../../src/replay/door.ts'

const CLIENT = '192.0.2.10:40000'
const SERVER = '198.51.100.20:21'

function passive(server = SERVER): CaptureScript {
  const script = new CaptureScript()
  const control = script
    .connect(CLIENT, server)
    .open()
    .say(...LOGIN, '> PASV')
  control.say('< 227 ok (198,51,100,20,156,64)')
  const data = script.connect('192.0.2.10:40001', '198.51.100.20:40000').open()
  control.say('> RETR a', '< 150 here')
  data.bytes(1, Buffer.alloc(5000)).close()
  control.say('< 226 done', '> QUIT', '< 221 bye').close()
  return script
}

describe('clear sessions', () => {
  test('passive: the data connection is covered by the pinhole, and its bytes are counted', () => {
    const { lines, data, records } = play(passive().file)
    expect(lines).toEqual(['data pinhole', 'session.close quit'])
    expect(data).toMatchObject([
      { pinhole: 'r1/p1', session: 'r1', client: CLIENT, fromBytes: 0, toBytes: 5000 },
    ])
    expect(records.find(({ type }) => type === 'data.close')).toMatchObject({
      toClientBytes: 5000,
      cause: 'end',
    })
    expect(records.at(-1)).toMatchObject({ type: 'capture.end', sessions: 1 })
  })

  test('active: the server connects to where the client said', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN, '> PORT 192,0,2,10,156,65', '< 200 ok', '> LIST')
    const data = script.connect('198.51.100.20:20', '192.0.2.10:40001').open()
    control.say('< 150 here')
    data.bytes(0, Buffer.alloc(700)).close()
    control.say('< 226 done').close()
    const { data: found, records } = play(script.file)
    expect(found).toMatchObject([{ cover: 'pinhole', fromBytes: 700, toBytes: 0 }])
    expect(records.find(({ type }) => type === 'data.close')).toMatchObject({ toClientBytes: 700 })
  })

  test('a real front door: its own address is told, its own ports are leased', () => {
    const { lines } = play(passive().file, doorRuleset())
    expect(lines[0]).toBe('rewrite 227 198.51.100.20:40000 203.0.113.1:50001')
    expect(lines[1]).toBe('data pinhole')
  })

  test('what a rule forbids, and what would have come of it', () => {
    const ruleset = permissiveRuleset()
    const rules = ruleset.rules.filter((rule) => rule.kind !== 'passive-data')
    expect(play(passive().file, { ...ruleset, rules }).lines).toEqual([
      'replace rule.none PASV',
      'reject setup.refused RETR',
      'data none rule.none',
      'session.close quit',
    ])
    expect(play(passive().file, { ...ruleset, rules: [] }).lines).toEqual([
      'session.refused rule.none',
      'data none rule.none',
    ])
  })

  test('replies to what is refused are not the engine’s concern; the session goes on', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN)
    // All in one segment, and all answered in one.
    control.say(
      '> PORT 198,51,100,66,0,80\r\nNOOP\r\nSTAT',
      '< 200 ok\r\n200 noop\r\n211-status\r\n 200 x\r\n211 end',
    )
    control.say('> PWD', '< 257 "/"', '> QUIT', '< 221 bye').close()
    const { lines, records } = play(script.file)
    expect(lines).toEqual(['reject port.foreign-address PORT', 'session.close quit'])
    const replies = records.filter((one) => one.type === 'control.reply').slice(3)
    expect(replies.map(({ code, local }) => [code, local])).toEqual([
      [501, true],
      [200, undefined],
      [211, undefined],
      [257, undefined],
      [221, undefined],
    ])
  })

  test('a stranger at the pinhole, and a connection that nobody announced', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN, '> PASV')
    control.say('< 227 ok (198,51,100,20,156,64)')
    script.connect('203.0.113.66:5555', '198.51.100.20:40000').open().close()
    script.connect('192.0.2.10:40002', '198.51.100.20:41111').open().close()
    control.close()
    expect(play(script.file).data.map(({ cover, reason }) => [cover, reason])).toEqual([
      ['none', 'data.foreign-peer'],
      ['none', 'not-announced'],
    ])
  })

  test('a data connection behind the time of its pinhole', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN, '> PASV')
    control.say('< 227 ok (198,51,100,20,156,64)')
    script.wait(31_000)
    script.connect('192.0.2.10:40001', '198.51.100.20:40000').open().close()
    control.say('> QUIT', '< 221 bye').close()
    expect(play(script.file).data).toMatchObject([
      { cover: 'none', reason: 'pinhole.expired', pinhole: 'r1/p1' },
    ])
  })

  test('timers run by the clock of the capture', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN)
    script.wait(16 * 60_000)
    control.say('> NOOP', '< 200 ok')
    expect(play(script.file).lines).toEqual(['close timeout.idle', 'session.close timeout.idle'])
  })
})

describe('where control connections are', () => {
  test('on any port, by what is said', () => {
    const script = new CaptureScript()
    script
      .connect(CLIENT, '198.51.100.20:2811')
      .open()
      .say(...LOGIN, '> QUIT', '< 221 bye')
      .close()
    script
      .connect('192.0.2.10:40003', '198.51.100.20:25')
      .open()
      .say('< 220 x ESMTP', '> EHLO y', '< 250 z')
      .close()
    expect(play(script.file).lines).toEqual(['session.close quit'])
  })

  test('and it begins when it began, not when it was recognised', () => {
    const script = new CaptureScript()
    const times: number[] = []
    script.connect(CLIENT, '198.51.100.20:2811').open().say('< 220 x', '> USER u')
    const evaluator = createEvaluator(permissiveRuleset())
    const replay = new Replay([
      { evaluator, sink: { record: (_record, time) => times.push(time) } },
    ])
    replay.push(script.file)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times).toHaveLength(3)
  })

  test('where the user says so, even HTTP is judged', () => {
    const script = new CaptureScript()
    script.connect(CLIENT, '198.51.100.20:8021').open().say('> POST / HTTP/1.1').close()
    expect(play(script.file).lines).toEqual([])
    expect(play(script.file, permissiveRuleset(), { ports: [8021] }).lines).toEqual([
      'close proto.http',
      'session.close proto.http',
    ])
  })

  test('the same ends twice: two sessions', () => {
    const script = new CaptureScript()
    for (let time = 0; time < 2; time++)
      script
        .connect(CLIENT, SERVER)
        .open()
        .say(...LOGIN, '> QUIT', '< 221 bye')
        .close()
    expect(play(script.file).lines).toEqual(['session.close quit', 'session.close quit'])
  })
})

describe('holes', () => {
  test('behind a gap another session begins at the next command, and both are marked', () => {
    const script = new CaptureScript()
    const control = script
      .connect(CLIENT, SERVER)
      .open()
      .say(...LOGIN)
    control.lost('> CWD x').lost('< 250 ok')
    control
      .say('> NOOP', '< 200 noop', '> PORT 198,51,100,66,0,80', '< 200 ok', '> QUIT', '< 221 bye')
      .close()
    script.wait(3000)
    script.connect('192.0.2.99:1', '192.0.2.98:2').open()
    expect(play(script.file).lines).toEqual([
      'gap client 7',
      'session.close client-closed',
      'gap server 8',
      'mid-stream r1.2 gap',
      'reject port.foreign-address PORT',
      'session.close quit',
    ])
  })

  test('a capture that begins in the middle', () => {
    const script = passive()
    const frames = script.frames.slice(13)
    const { lines, records } = play(Object.assign(new CaptureScript(), { frames }).file)
    expect(lines).toEqual(['mid-stream r1 no-beginning', 'data pinhole', 'session.close quit'])
    // The login that is assumed is in no record.
    expect(records.filter((one) => one.type === 'control.command').map(({ verb }) => verb)).toEqual(
      ['PASV', 'RETR', 'QUIT'],
    )
    expect(records.find((one) => one.type === 'session.close')).toMatchObject({ commands: 3 })
  })
})

describe('encryption', () => {
  /** A TLS record of application data. */
  const record = (type: number, length: number): Buffer => {
    const bytes = Buffer.alloc(5 + length)
    bytes.set([type, 3, 3, length >> 8, length & 255])
    return bytes
  }

  test('AUTH that the rules refuse: what followed in the capture is another conversation', () => {
    const script = new CaptureScript()
    const control = script.connect(CLIENT, SERVER).open().say('< 220 x', '> AUTH TLS', '< 234 go')
    control.bytes(0, record(22, 200)).bytes(1, record(22, 200)).close()
    const ruleset = permissiveRuleset()
    const profile = ruleset.profiles.get('default')
    if (profile === undefined) throw new Error('no default profile')
    const profiles = new Map([['default', { ...profile, encryption: 'forbidden' as const }]])
    expect(play(script.file, { ...ruleset, profiles }).lines).toEqual([
      'reject auth.forbidden AUTH',
      'diverged AUTH 234',
      'session.close client-closed',
    ])
  })
})

describe('bounds', () => {
  test('connections that are idle are forgotten by the time of the capture', () => {
    const script = new CaptureScript()
    for (let index = 0; index < 50; index++)
      script.connect(`192.0.2.1:${1025 + index}`, '192.0.2.2:9').open()
    script.wait(130_000)
    script.connect('192.0.2.3:1025', '192.0.2.2:9').open()
    const replay = new Replay([])
    replay.push(script.file)
    expect(replay.counts).toMatchObject({ connections: 1, untracked: 0 })
  })

  test('no change of a file makes it throw', () => {
    const file = passive().file
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(changes, (places) => {
        const mutated = Buffer.from(file)
        for (const [place, value] of places) mutated[place] = value
        expect(() => play(mutated)).not.toThrow()
      }),
      { numRuns: 300 },
    )
  })

  test('the same capture twice says the same', () => {
    const digest = (): string =>
      createHash('sha256')
        .update(JSON.stringify(play(passive().file).records))
        .digest('hex')
    expect(digest()).toBe(digest())
  })

  test('two rule files at once: each has its say', () => {
    const said: string[][] = [[], []]
    const refusing = { ...permissiveRuleset(), rules: [] }
    const parties = [permissiveRuleset(), refusing].map((ruleset, index) => ({
      evaluator: createEvaluator(ruleset),
      sink: { record: ({ type }: { type: string }) => void said[index]?.push(type) },
    }))
    const replay = new Replay(parties)
    replay.push(passive().file)
    replay.finish()
    expect(said[0]).toContain('data.close')
    expect(said[1]).toEqual(['session.refused', 'capture.data', 'capture.end'])
  })
})
