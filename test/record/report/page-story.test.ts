import { describe, expect, test } from 'vitest'
import { pageStory } from '../../../src/record/report/page-story.ts'
import { CLOSED, DOWNLOAD, type Given, OPENED, storyOf } from './story-fixture.ts'

function eventsOf(records: readonly Given[]): readonly (readonly unknown[])[] {
  return pageStory(storyOf([OPENED, ...records, CLOSED])).events
}

describe('pageStory', () => {
  test('a download: every line, both addresses, the life of the pinhole, bytes', () => {
    expect(eventsOf(DOWNLOAD)).toEqual([
      ['c', 10, 'PASV', 0, ''],
      [
        'p',
        12,
        1,
        'p1',
        0,
        '203.0.113.10:50001',
        '10.200.200.1:60001',
        'only 10.1.1.5',
        'rule passive data · at most 30 s',
      ],
      ['r', 12, '227 (10,200,200,1,234,97)', 0, '227 (203,0,113,10,195,81)'],
      ['c', 20, 'RETR a.txt', 0, ''],
      ['d', 21, 5, 'p1', 0, 'RETR a.txt', '10.1.1.5:50002', '10.200.200.1:60001'],
      ['q', 21, 1, 'p1', 'used after 0.009 s'],
      ['r', 22, '150 Here it comes', 0, ''],
      ['e', 40, 5, 'p1', 500, 0, '0.019 s', 0],
      ['r', 41, '226 Done', 0, ''],
    ])
  })

  test('a refused command, why, and who answered', () => {
    expect(
      eventsOf([
        [5, 'control.command', { verb: 'PORT', argument: '192,0,2,66,4,1' }],
        [
          5,
          'verdict',
          { verdict: 'reject', reason: 'port.foreign-address', side: 'client', verb: 'PORT' },
        ],
        [5, 'control.reply', { code: 500, text: 'no', lines: 1, verb: 'PORT', local: true }],
      ]),
    ).toEqual([
      ['c', 5, 'PORT 192,0,2,66,4,1', 2, ''],
      ['v', 5, expect.stringMatching(/^PORT · refused: .*\[port\.foreign-address\]$/), 1],
      ['r', 5, '500 no', 1, ''],
    ])
  })

  test('a rewritten PORT belongs to its command', () => {
    const [command] = eventsOf([
      [5, 'control.command', { verb: 'PORT', argument: '10,1,1,5,4,1' }],
      [5, 'rewrite', { form: 'PORT', before: '10.1.1.5:1025', after: '10.200.200.254:50001' }],
    ])
    expect(command).toEqual(['c', 5, 'PORT 10,1,1,5,4,1', 0, 'PORT 10,200,200,254,195,81'])
  })

  test('an opaque stretch ends for each side at its time', () => {
    const kinds = eventsOf([
      [5, 'control.command', { verb: 'AUTH', argument: 'TLS' }],
      [6, 'channel.opaque', { mechanism: 'TLS', version: 'TLS 1.3', resumed: true }],
      [80, 'channel.clear', { side: 'client' }],
      [82, 'channel.clear', { side: 'server', closeNotify: true }],
      [90, 'control.command', { verb: 'NOOP' }],
    ])
    expect(kinds).toEqual([
      ['c', 5, 'AUTH TLS', 0, ''],
      ['o', 6, 'TLS · TLS 1.3 · resumed'],
      ['x', 80, 0, 'clear again'],
      ['x', 82, 1, 'clear again, close_notify'],
      ['c', 90, 'NOOP', 0, ''],
    ])
  })

  test('connections through a static range end before it is drawn as closed', () => {
    const kinds = eventsOf([
      [6, 'channel.opaque', { mechanism: 'TLS' }],
      [
        6,
        'range.open',
        { range: 's1/p0', peer: '10.1.1.5', listening: '203.0.113.10:1', dial: '10.200.200.1:1' },
      ],
      [
        9,
        'data.open',
        { pinhole: 's1/p0:60001', mode: 'passive', from: '10.1.1.5:1', to: '10.200.200.1:60001' },
      ],
      [9, 'range.close', { range: 's1/p0', connections: 1 }],
    ]).map(([kind]) => kind)
    expect(kinds).toEqual(['o', 'p', 'd', 'q'])
  })

  test('a pinhole ends at its own time, before the connection to the other side stands', () => {
    const events = eventsOf([
      [10, 'control.command', { verb: 'PASV' }],
      [
        12,
        'pinhole.open',
        {
          pinhole: 's1/p1',
          mode: 'passive',
          peer: '10.1.1.5',
          listening: '203.0.113.10:50001',
          dial: '10.200.200.1:60001',
          rule: 'passive data',
          ttlMs: 30_000,
        },
      ],
      [20, 'pinhole.close', { pinhole: 's1/p1', reason: 'used' }],
      [25, 'control.command', { verb: 'RETR', argument: 'a.txt' }],
      [
        31,
        'data.open',
        { pinhole: 's1/p1', mode: 'passive', from: '10.1.1.5:1', to: '10.200.200.1:60001' },
      ],
    ])
    expect(events.map(([kind, at]) => [kind, at])).toEqual([
      ['c', 10],
      ['p', 12],
      ['q', 20],
      ['c', 25],
      ['d', 31],
    ])
  })

  test('a password has no text that could be shown', () => {
    expect(eventsOf([[5, 'control.command', { verb: 'PASS' }]])).toEqual([
      ['c', 5, 'PASS (never recorded)', 0, ''],
    ])
  })

  test('text is bounded, and what cannot be seen is spelled out', () => {
    const [event] = eventsOf([
      [5, 'control.command', { verb: 'STOR', argument: `\u202e${'x'.repeat(5000)}` }],
    ])
    expect(event?.[2]).toMatch(/^STOR \\u\{202e\}x+…$/)
    expect(String(event?.[2]).length).toBe(601)
  })

  test('what found no room is counted', () => {
    const { events, omitted } = pageStory(storyOf([OPENED, ...DOWNLOAD], 2))
    // The end of a pinhole that is there is no event of its own.
    expect(events.map(([kind]) => kind)).toEqual(['c', 'p', 'q'])
    expect(omitted).toBeGreaterThan(0)
  })
})
