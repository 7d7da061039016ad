/** What holds for any dialogue of any peers, found by looking for one where it does not. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { dataConnectionId } from '../../../src/engine/id.ts'
import { dialogues } from '../../support/arbitraries.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import { Conversation } from '../../support/conversation.ts'
import { byteByByte, cutAtFractions } from '../../support/cuts.ts'
import { type Dialogue, inTurns, type Outcome, play, type Step } from '../../support/golden.ts'
import { breaches } from '../../support/invariants.ts'
import { loggedIn } from './expectations.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** More of them, now and then: `PROPERTY_RUNS=100000`. A failure prints its seed and path. */
const RUNS = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500) }

const STRICT = { profile: { lineEnding: 'strict' } } as const

/** Both peers are gone, and so are the data connections that still ran. */
function finish({ talk }: Outcome): void {
  if (!talk.isClosed) talk.close('client', 'reset')
  for (let count = 1; count <= 40 && !talk.isClosed; count++)
    talk.handle({
      type: 'dataEnded',
      session: talk.session,
      connection: dataConnectionId(count),
      toClientBytes: 0,
      toServerBytes: 0,
      cause: 'closed',
    })
}

function summary({ toClient, toServer, effects, records }: Outcome): string {
  return JSON.stringify({ toClient, toServer, effects, records }, undefined, 1)
}

function opens(dialogue: Dialogue): number {
  return play(dialogue).talk.recordsOf('pinhole.open').length
}

describe('any dialogue', () => {
  test('I1 I3 I4 I9 L12 keeps the invariants, and leaves nothing behind when it ends', () => {
    fc.assert(
      fc.property(dialogues, (dialogue) => {
        const outcome = play(dialogue)
        expect(breaches(outcome)).toEqual([])
        finish(outcome)
        expect(outcome.talk.isClosed).toBe(true)
        expect(breaches(outcome)).toEqual([])
      }),
      RUNS,
    )
  })

  test('I6 is the same however it is cut', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true })
    const places = fc.array(fc.array(fraction, { maxLength: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(dialogues, places, (dialogue, fractions) => {
        const whole = summary(play(dialogue))
        expect(summary(play(inTurns(dialogue)))).toBe(whole)
        expect(summary(play(dialogue, byteByByte))).toBe(whole)
        expect(summary(play(inTurns(dialogue), cutAtFractions(fractions)))).toBe(whole)
      }),
      RUNS,
    )
  })

  test('I2 opens a pinhole only after the client asked while logged in', () => {
    fc.assert(
      fc.property(dialogues, (dialogue) => {
        const { records } = play(dialogue)
        let isLoggedIn = false
        let mayOpen = false
        for (const record of records) {
          if (record.type === 'control.command') {
            if (record.verb === 'USER') isLoggedIn = false
            mayOpen = isLoggedIn && /^(?:PORT|EPRT|PASV|EPSV)$/.test(record.verb)
          }
          if (record.type === 'control.reply' && record.local !== true)
            isLoggedIn ||= record.code === 230 && /^(?:USER|PASS|ACCT)$/.test(record.verb ?? '')
          if (record.type === 'pinhole.open') expect(mayOpen).toBe(true)
        }
      }),
      RUNS,
    )
  })
})

describe('secrets', () => {
  /** Words that are well-formed lines whatever stands around them. */
  const secret = fc.stringMatching(/^[!-~\xa1-\xef][ -~\xa1-\xef]{0,40}$/)

  function withSecret(dialogue: Dialogue, word: string): Dialogue {
    const lines = new Map([
      ['PASS p\r\n', `PASS ${word}\r\n`],
      ['ACCT a\r\n', `ACCT ${word}\r\n`],
      ['CWD x\r\n', `SITE PSWD ${word}\r\n`],
    ])
    const replace = (step: Step): Step => {
      if (step.type !== 'write') return step
      const line = lines.get(textOf(step.bytes))
      return line === undefined ? step : { ...step, bytes: latin1(line) }
    }
    return { ...dialogue, steps: dialogue.steps.map(replace) }
  }

  test('L1 two runs that differ in a secret alone have the same records', () => {
    fc.assert(
      fc.property(dialogues, secret, secret, (dialogue, one, other) => {
        const first = play(withSecret(dialogue, one))
        const second = play(withSecret(dialogue, other))
        expect(second.records).toEqual(first.records)
        expect(second.toClient).toBe(first.toClient)
      }),
      RUNS,
    )
  })
})

describe('bent lines', () => {
  /** Refused for what they are, in every state. A refused PORT changes the state: no data path. */
  const refused = [
    'PASV\n',
    'NOOP\rPASV\r\n',
    'RETR a\0b\r\n',
    'PORT\t198,51,100,10,200,21\r\n',
    '\xff\xf1EPSV\r\n',
    'P@SW\r\n',
    'Host: x\r\n',
    '227 Entering Passive Mode (10,0,0,20,156,64)\r\n',
    '\0\r\n',
    'GET / HTTP/1.1\r\n',
  ]

  test('a line that is refused never opens one pinhole more', () => {
    fc.assert(
      fc.property(
        dialogues,
        fc.constantFrom(...refused),
        fc.nat({ max: 20 }),
        (dialogue, line, place) => {
          const { steps } = dialogue
          const strict = { ...dialogue, options: STRICT }
          const bent: Step = { type: 'write', side: 'client', bytes: latin1(line) }
          const before = place % (steps.length + 1)
          // A line in the middle of another would be a part of it.
          const earlier = steps.slice(0, before).filter(isClientWrite).at(-1)
          fc.pre(earlier === undefined || textOf(earlier.bytes).endsWith('\r\n'))
          const more = { ...strict, steps: steps.toSpliced(before, 0, bent) }
          expect(opens(more)).toBeLessThanOrEqual(opens(strict))
        },
      ),
      RUNS,
    )
  })

  function isClientWrite(step: Step): step is Extract<Step, { type: 'write' }> {
    return step.type === 'write' && step.side === 'client'
  }

  test.each(['\n', '\r', '\r\r\n', '\r\0', '\r\0\n', '\0\r\n'])(
    'a dialogue whose lines end in %j is not spoken',
    (end) => {
      const lines = ['USER u', 'PASS p', 'PASV', 'PORT 198,51,100,10,200,21', 'EPSV', 'RETR f']
      for (const talk of [new Conversation().server('220 x\r\n'), loggedIn()]) {
        for (const line of lines) talk.client(`${line}${end}`)
        talk.server('').advance(31_000)
        expect(talk.sentTo('server')).toBe('')
        expect(talk.effectsOf('openPinhole')).toEqual([])
      }
    },
  )
})
