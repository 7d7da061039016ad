/**
 * Hostile-peer cases T13, T15 and T30 under I6: wherever TCP cuts a session that goes into TLS and
 * out of it again, the same bytes, effects and records come of it. Opaque bytes are passed on as
 * they come, so what is sent is compared as one text for each side.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Conversation } from '../../support/conversation.ts'
import {
  AUTH,
  playSaid,
  RANGE_OPTIONS,
  recordedCcc,
  type Said,
  text,
  VERSIONS,
  withoutCloseNotify,
} from '../../support/tls-dialogue.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { applicationData, concat } from '../tls/support/hello-bytes.ts'
import { cutAt, drip, everyCut } from '../tls/support/observation.ts'
import { thenClear } from '../tls/support/recording.ts'

/** Thousands of sessions are played in one test. */
const LONG = 180_000

const CLEAR: readonly Said[] = [
  text('client', 'EPSV\r\n'),
  text('server', '229 x (|||40000|)\r\n'),
  text('client', 'PROT C\r\nPORT 198,51,100,10,200,21\r\n'),
  text('server', '200 ok\r\n'),
  text('client', 'QUIT\r\n'),
  text('server', '221 bye\r\n'),
]

/** All but the bytes of `send`, which stand in `sent`. */
interface Played {
  readonly happened: string
  readonly sent: { readonly client: string; readonly server: string }
  readonly reason: string | undefined
}

function play(said: readonly Said[]): Played {
  const talk = playSaid(new Conversation(RANGE_OPTIONS), said)
  const others = talk.effects.filter((effect) => effect.type !== 'send')
  return {
    happened: JSON.stringify({ others, left: talk.gateway.counts }, undefined, 1),
    sent: { client: talk.sentTo('client'), server: talk.sentTo('server') },
    reason: talk.recordsOf('session.close')[0]?.reason,
  }
}

/** Of a session that is ended, more or less of the last segment has gone on before. */
function expectSame(whole: Played, cut: Played): void {
  if (cut.happened !== whole.happened) expect(cut.happened).toBe(whole.happened)
  for (const side of ['client', 'server'] as const) {
    const isEnded = whole.reason !== 'quit' && cut.sent[side].startsWith(whole.sent[side])
    if (!isEnded && cut.sent[side] !== whole.sent[side])
      expect(cut.sent[side]).toBe(whole.sent[side])
  }
}

async function dialogues(): Promise<[name: string, said: readonly Said[], reason: string][]> {
  const made: [string, readonly Said[], string][] = []
  for (const version of VERSIONS) {
    const whole = await recordedCcc(version)
    const silent = withoutCloseNotify(whole)
    made.push(
      [`${version} with CCC`, [...AUTH, ...whole, ...CLEAR], 'quit'],
      [`${version} without close_notify`, [...AUTH, ...silent, ...CLEAR], 'quit'],
      [
        `${version} with the clear command in the last segment`,
        [...AUTH, ...thenClear(whole, 'client', 'EPSV\r\n'), ...CLEAR.slice(1)],
        'quit',
      ],
      [
        `${version} and the server first`,
        [...AUTH, ...whole, text('server', '227 x')],
        'ccc.asymmetric',
      ],
    )
  }
  const hello = ESTABLISHED_12.slice(0, 1)
  const early = [
    ...ESTABLISHED_13.slice(0, 3),
    { side: 'server' as const, bytes: applicationData(30) },
  ]
  const finished = ESTABLISHED_13.at(-1)?.bytes ?? new Uint8Array(0)
  const all = concat(finished, applicationData(22), Buffer.from('EPSV\r\n'))
  made.push(
    [
      'pipelined AUTH',
      [...AUTH.slice(0, 1), text('client', 'AUTH TLS\r\nUSER u\r\n')],
      'auth.pipelined',
    ],
    [
      'replies behind 234',
      [...AUTH.slice(0, 2), text('server', '234 x\r\n230 y\r\n')],
      'auth.reply-pipelined',
    ],
    ['no ClientHello', [...AUTH, text('client', 'USER u\r\n')], 'tls.expected'],
    [
      'a fallback',
      [
        ...AUTH,
        ...hello,
        text('server', '\x15\x03\x03\x00\x02\x02\x28'),
        text('client', 'USER u\r\n'),
      ],
      'tls.fallback',
    ],
    [
      'CCC that nobody asked for',
      [...AUTH, ...ESTABLISHED_12, text('client', 'PASV\r\n')],
      'ccc.unasked',
    ],
    [
      'a Finished, CCC and a command at once',
      [...AUTH, ...early, { side: 'client', bytes: all }, ...CLEAR.slice(1)],
      'quit',
    ],
  )
  return made
}

describe('cutting changes nothing', () => {
  test('the dialogues end as they should', async () => {
    for (const [name, said, reason] of await dialogues())
      expect({ name, reason: play(said).reason }).toEqual({ name, reason })
  })

  test(
    'every single cut',
    async () => {
      for (const [, said] of await dialogues()) {
        const whole = play(said)
        for (const cut of everyCut(said)) expectSame(whole, play(cut))
      }
    },
    LONG,
  )

  test('byte by byte', async () => {
    for (const [, said] of await dialogues()) expectSame(play(said), play(drip(said)))
  })

  test(
    'any cuts anywhere',
    async () => {
      const all = await dialogues()
      fc.assert(
        fc.property(
          fc.nat({ max: all.length - 1 }),
          fc.array(fc.nat({ max: 6000 }), { maxLength: 12 }),
          (index, places) => {
            const said = all[index]?.[1] ?? []
            expectSame(play(said), play(cutAt(said, places)))
          },
        ),
        { numRuns: 300 },
      )
    },
    LONG,
  )
})
