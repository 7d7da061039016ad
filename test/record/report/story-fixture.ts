/** Records of one session, and the story that they tell. */
import { readEntry } from '../../../src/record/audit/log-entry.ts'
import type { SessionStory } from '../../../src/record/audit/session-story.ts'
import { StoryBuilder } from '../../../src/record/audit/story-builder.ts'

export type Fields = Readonly<Record<string, unknown>>

const BEGIN = Date.parse('2026-11-21T07:00:00.000Z')

/** `[milliseconds, type, fields]`, of session s1 unless the fields say another. */
export type Given = readonly [at: number, type: string, fields?: Fields]

export function linesOf(records: readonly Given[]): readonly string[] {
  return records.map(([at, type, fields = {}], index) =>
    JSON.stringify({
      time: new Date(BEGIN + at).toISOString(),
      seq: index + 1,
      type,
      ...(type.startsWith('log.') || type === 'session.refused' || type === 'data.refused'
        ? {}
        : { session: 's1', client: '10.1.1.5:50001', server: '10.200.200.1:21' }),
      ...fields,
    }),
  )
}

export function storyOf(records: readonly Given[], eventsMax?: number): SessionStory {
  const builder = new StoryBuilder('s1', eventsMax)
  for (const line of linesOf(records)) {
    const entry = readEntry(Buffer.from(line).toString('latin1'))
    if ('problem' in entry) throw new Error(`${entry.problem}: ${line}`)
    builder.accept(entry)
  }
  return builder.story()
}

export const OPENED: Given = [
  0,
  'session.open',
  { listener: 'public', local: '203.0.113.10:21', rule: 'staff', profile: 'default' },
]

export const CLOSED: Given = [
  900,
  'session.close',
  {
    reason: 'quit',
    durationMs: 900,
    commands: 2,
    transfers: 1,
    toClientBytes: 500,
    toServerBytes: 0,
    refusals: 0,
  },
]

/** PASV and a download, as the packet log has them. */
export const DOWNLOAD: readonly Given[] = [
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
  [12, 'rewrite', { form: '227', before: '10.200.200.1:60001', after: '203.0.113.10:50001' }],
  [12, 'control.reply', { code: 227, text: 'Entering Passive Mode', lines: 1, verb: 'PASV' }],
  [20, 'control.command', { verb: 'RETR', argument: 'a.txt' }],
  [21, 'pinhole.use', { pinhole: 's1/p1', peer: '10.1.1.5:50002' }],
  [21, 'pinhole.close', { pinhole: 's1/p1', reason: 'used' }],
  [
    21,
    'data.open',
    {
      pinhole: 's1/p1',
      mode: 'passive',
      verb: 'RETR',
      path: 'a.txt',
      from: '10.1.1.5:50002',
      to: '10.200.200.1:60001',
    },
  ],
  [22, 'control.reply', { code: 150, text: 'Here it comes', lines: 1, verb: 'RETR' }],
  [
    40,
    'data.close',
    {
      pinhole: 's1/p1',
      verb: 'RETR',
      path: 'a.txt',
      toClientBytes: 500,
      toServerBytes: 0,
      durationMs: 19,
      cause: 'end',
    },
  ],
  [41, 'control.reply', { code: 226, text: 'Done', lines: 1, verb: 'RETR' }],
]
