import { describe, expect, test } from 'vitest'
import type { SessionStory } from '../../../src/record/audit/session-story.ts'
import { StoryBuilder } from '../../../src/record/audit/story-builder.ts'
import { clearSession, entryOfLine, opaqueSession, party, type Sample, seal } from './sample.ts'

function tell(records: readonly Sample[], session: string, eventsMax?: number): SessionStory {
  const builder = new StoryBuilder(session, eventsMax)
  for (const line of seal(records)) builder.accept(entryOfLine(line))
  return builder.story()
}

describe('a clear session', () => {
  const story = tell([...opaqueSession('s2'), ...clearSession('s1', 'anna')], 's1')

  test('who, where, when, and how it ended', () => {
    expect(story).toMatchObject({
      session: 's1',
      client: '192.0.2.10:40000',
      server: '10.0.0.5:21',
      opened: { rule: 'partners' },
      closed: { reason: 'quit' },
      users: ['anna'],
      refusals: 1,
      toClientBytes: 1_000_000,
      toServerBytes: 0,
      omitted: 0,
      unknown: 0,
    })
  })

  test('control lines and what became of them', () => {
    const lines = story.lines.map(({ from, verb, code, text, isLocal, outcome }) =>
      [from, verb, code, text, isLocal, outcome].filter((each) => each !== undefined).join(' '),
    )
    expect(lines).toMatchInlineSnapshot(`
      [
        "server 220 Ready. false forwarded",
        "client USER anna false forwarded",
        "server USER 331 Password? false forwarded",
        "client PASS false forwarded",
        "server PASS 230 Welcome false forwarded",
        "client PASV false forwarded",
        "server PASV 227 Entering Passive Mode (203,0,113,1,195,101) false forwarded",
        "client RETR /pub/räksmörgås.zip false forwarded",
        "server RETR 150 Here it comes false forwarded",
        "server RETR 226 Done false forwarded",
        "client PORT 198,51,100,66,19,137 false refused",
        "server PORT 501 Not yours. true forwarded",
        "client QUIT false forwarded",
        "server QUIT 221 Goodbye false forwarded",
      ]
    `)
  })

  test('the rewrite, with both addresses, and at its line', () => {
    const [rewrite] = story.rewrites
    expect(rewrite).toMatchObject({
      from: 'server',
      form: '227',
      before: '10.0.0.5:51210',
      after: '203.0.113.1:50021',
    })
    expect(story.lines.find(({ code }) => code === 227)?.rewrite).toBe(rewrite)
  })

  test('the life of the pinhole and of the data connection', () => {
    expect(story.pinholes).toMatchObject([
      {
        name: 'p1',
        isRange: false,
        rule: 'partners: passive data',
        uses: [{ peer: '192.0.2.10:40001' }],
        closed: { reason: 'used' },
      },
    ])
    expect(story.connections).toMatchObject([
      { name: 'p1', verb: 'RETR', closed: { toClientBytes: 1_000_000, cause: 'end' } },
    ])
  })

  test('events are in order, and the lists are parts of them', () => {
    const times = story.events.map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
    const parts = [story.lines, story.rewrites, story.pinholes, story.connections, story.verdicts]
    expect(parts.flat().length).toBe(story.events.length)
    for (const each of parts.flat()) expect(story.events).toContain(each)
  })
})

describe('an opaque session', () => {
  const story = tell(opaqueSession('s2'), 's2')

  test('the stretch, from both sides agreeing to both sides clear', () => {
    expect(story.stretches).toMatchObject([
      {
        mechanism: 'TLS',
        version: 'TLS 1.3',
        clientClear: { closeNotify: false },
        serverClear: { closeNotify: true },
      },
    ])
  })

  test('the static range', () => {
    expect(story.pinholes).toMatchObject([
      { name: 'p0', isRange: true, rule: undefined, uses: [{}], closed: { reason: 'used' } },
    ])
    expect(story.connections).toMatchObject([
      { name: 'p0', verb: undefined, closed: { toServerBytes: 500_000 } },
    ])
  })
})

describe('several connections through one range', () => {
  test('each end belongs to the connection of its age', () => {
    const of = { ...party('s1'), pinhole: 's1/p0' }
    const open = (from: string): Sample => ({
      type: 'data.open',
      ...of,
      mode: 'passive',
      from,
      to: 'x:1',
    })
    const close = (durationMs: number, toClientBytes: number): Sample => ({
      type: 'data.close',
      ...of,
      toClientBytes,
      toServerBytes: 0,
      durationMs,
      cause: 'end',
    })
    const story = tell(
      [open('a:1'), open('a:2'), open('a:3'), close(20, 2), close(40, 1), close(30, 3)],
      's1',
    )
    expect(story.connections.map(({ from, closed }) => [from, closed?.toClientBytes])).toEqual([
      ['a:1', 1],
      ['a:2', 2],
      ['a:3', 3],
    ])
  })
})

describe('active mode', () => {
  test('the command carries its rewrite', () => {
    const of = party('s1')
    const story = tell(
      [
        { type: 'control.command', ...of, verb: 'EPRT', argument: '|1|192.0.2.10|51201|' },
        {
          type: 'rewrite',
          ...of,
          form: 'EPRT',
          before: '192.0.2.10:51201',
          after: '10.0.0.1:50000',
          as: 'PORT',
        },
        { type: 'control.reply', ...of, code: 200, text: 'Fine', lines: 1, verb: 'EPRT' },
      ],
      's1',
    )
    expect(story.lines[0]?.rewrite).toMatchObject({ from: 'client', form: 'EPRT', as: 'PORT' })
    expect(story.lines[1]?.rewrite).toBeUndefined()
  })
})

describe('limits', () => {
  const repeated = Array.from({ length: 30 }, () => clearSession('s1', 'anna').slice(6, 17)).flat()

  test('what does not fit is counted, and totals go on', () => {
    const story = tell(repeated, 's1', 20)
    expect(story.events).toHaveLength(20)
    expect(story.omitted).toBeGreaterThan(0)
    expect(story.toClientBytes).toBe(30_000_000)
  })

  test('every record is kept, told by another, or counted as omitted', () => {
    const whole = tell(repeated, 's1')
    expect(whole.omitted).toBe(0)
    // pinhole.use, pinhole.close and data.close complete what is there.
    expect(whole.events).toHaveLength(repeated.length - 3 * 30)
  })

  test('records of a newer version are counted', () => {
    expect(tell([{ type: 'quota.reached', ...party('s1') }], 's1')).toMatchObject({
      unknown: 1,
      events: [],
    })
  })

  test('a log that begins in the middle', () => {
    const story = tell(clearSession('s1', 'anna').slice(10), 's1')
    expect(story.opened).toBeUndefined()
    expect(story.closed).toBeDefined()
    expect(story.connections).toHaveLength(1)
    // The use and the end of a pinhole whose opening is not there.
    expect(story.omitted).toBe(2)
  })

  test('nothing of a session that is not there', () => {
    const builder = new StoryBuilder('s9')
    for (const line of seal(clearSession('s1', 'anna'))) builder.accept(entryOfLine(line))
    expect(builder.isEmpty).toBe(true)
    expect(builder.isClosed).toBe(false)
  })
})
