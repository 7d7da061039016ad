/**
 * What holds for any dialogue of any peers, found by looking for one where it does not: the
 * properties 3 to 10, 12 and 15 of the threat catalogue, part 16. The others are about parts:
 * `test/fuzz/properties.test.ts`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Tally } from '../../fuzz/tally.ts'
import { finish, settingOf, summary, type Watched, watch } from '../../fuzz/outcome.ts'
import { unjustified } from '../../fuzz/oracle.ts'
import { BAD_COMMANDS_MAX } from '../../../src/engine/session/limits.ts'
import { LogVerifier } from '../../../src/record/audit/log-verifier.ts'
import { createPacketLog } from '../../../src/shell/packet-log/pino-packet-log.ts'
import { temporaryDirectory } from '../../shell/packet-log/support.ts'
import { dialogues } from '../../support/arbitraries.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import { Conversation } from '../../support/conversation.ts'
import { byteByByte, cutAtFractions } from '../../support/cuts.ts'
import { type Dialogue, inTurns, play, type Step } from '../../support/golden.ts'
import { breaches, commandBreaches, replyBreaches } from '../../support/invariants.ts'
import { loggedIn } from './expectations.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const tally = new Tally()

const STRICT = { profile: { lineEnding: 'strict' } } as const

/** A dialogue with other words in some of its lines. */
function reworded(dialogue: Dialogue, change: (text: string, side: string) => string): Dialogue {
  const steps = dialogue.steps.map(
    (step): Step =>
      step.type === 'write'
        ? { ...step, bytes: latin1(change(textOf(step.bytes), step.side)) }
        : step,
  )
  return { ...dialogue, steps }
}

function opensAndDials({ talk }: Watched): string {
  const effects = talk.effects.filter(({ type }) => type === 'openPinhole' || type === 'dialData')
  return JSON.stringify(effects)
}

test('property 3: I6 any split gives the same effects', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true })
  const places = fc.array(fc.array(fraction, { maxLength: 4 }), { minLength: 1, maxLength: 4 })
  const property = fc.property(dialogues, places, (dialogue, fractions) => {
    const whole = summary(play(dialogue))
    expect(summary(play(inTurns(dialogue)))).toBe(whole)
    expect(summary(play(dialogue, byteByByte))).toBe(whole)
    expect(summary(play(inTurns(dialogue), cutAtFractions(fractions)))).toBe(whole)
  })
  tally.holds('3', property, 500)
})

test('property 4: I2 I3 I4 the wires justify every pinhole', () => {
  let opened = 0
  const property = fc.property(dialogues, (dialogue) => {
    const { sights, talk } = watch(dialogue)
    opened += talk.effectsOf('openPinhole').length
    expect(unjustified(sights, settingOf(dialogue))).toEqual([])
  })
  tally.holds('4', property, 1_000)
  // The oracle was asked something.
  expect(opened).toBeGreaterThan(100)
})

test('property 5: I1 the server gets commands, and the client replies', () => {
  const property = fc.property(dialogues, (dialogue) => {
    const { toServer, toClient } = play(dialogue)
    expect([...commandBreaches(toServer), ...replyBreaches(toClient)]).toEqual([])
    expect(toClient).not.toMatch(/\xff[\xf0-\xfe]/)
  })
  tally.holds('5', property, 700)
})

test('property 6: a 227 or 229 leads to us, and somebody listens there', () => {
  const property = fc.property(dialogues, (dialogue) => {
    const open = new Set<number>()
    const ports = new Map<string, number>()
    for (const sight of watch(dialogue).sights) {
      if (sight.type === 'listening') ports.set(sight.id, sight.port)
      if (sight.type === 'listening') open.add(sight.port)
      if (sight.type === 'close') open.delete(ports.get(sight.id) ?? 0)
      if (sight.type !== 'sent' || sight.side !== 'client') continue
      const [, address, high, low, extended] =
        /^(?:227 .*\((\d+,\d+,\d+,\d+),(\d+),(\d+)\)|229 .*\(\|\|\|(\d+)\|\))/.exec(sight.text) ??
        []
      if (address === undefined && extended === undefined) continue
      expect(address ?? '203,0,113,1').toBe('203,0,113,1')
      expect(open).toContain(
        extended === undefined ? Number(high) * 256 + Number(low) : Number(extended),
      )
    }
  })
  tally.holds('6', property, 700)
})

describe('property 7: I3 addresses are compared, and forgotten', () => {
  test('property 7: client and server alone are dialled and let in', () => {
    const property = fc.property(dialogues, (dialogue) => {
      for (const address of play(dialogue).dialled)
        expect(['198.51.100.10', '10.0.0.20']).toContain(address)
    })
    tally.holds('7', property, 700)
  })

  test('property 7: what a refused PORT named changes nothing that is dialled', () => {
    const foreign = fc
      .tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 255 }))
      .map((octets) => octets.join(','))
      .filter((octets) => octets !== '198,51,100,10')
    const property = fc.property(dialogues, foreign, foreign, (dialogue, one, other) => {
      const named = (octets: string): Watched =>
        watch(reworded(dialogue, (text) => text.replace('PORT 10,0,0,66', `PORT ${octets}`)))
      expect(opensAndDials(named(one))).toBe(opensAndDials(named(other)))
    })
    tally.holds('7', property, 400)
  })
})

describe('property 8: I10 replies', () => {
  /** What a client says, and the code that its reply has; `undefined`: that of the server. */
  const lines = fc.constantFrom<readonly [string, string | undefined]>(
    ['NOOP', undefined],
    ['XYZW a', undefined],
    ['STAT', undefined],
    ['P@SW', '502'],
    ['LPSV', '502'],
    ['NO\0OP', '50'],
    ['PORT 198,51,100,10,0,22', '504'],
  )

  test('property 8: each line has one, and they come in the order of the lines', () => {
    const property = fc.property(
      // More bad lines than these end the session.
      fc.array(lines, { minLength: 1, maxLength: BAD_COMMANDS_MAX }),
      fc.array(fc.boolean(), { maxLength: 30 }),
      (said, isServersTurn) => {
        const talk = loggedIn()
        const unsaid = said.map(([line]) => line)
        let answered = 0
        const answer = (): void => {
          if (talk.sentTo('server').split('\r\n').length - 1 <= answered) return
          answered += 1
          talk.server(`200 number ${answered}\r\n`)
        }
        for (const isServer of isServersTurn) {
          const line = isServer ? undefined : unsaid.shift()
          if (line === undefined) answer()
          else talk.client(`${line}\r\n`)
        }
        for (const line of unsaid) talk.client(`${line}\r\n`)
        for (const _ of said) answer()
        let forwarded = 0
        const wanted = said.map(([, code]) => code ?? `200 number ${(forwarded += 1)}`)
        const got = talk.sentTo('client').split('\r\n').slice(0, -1)
        expect(got.map((line, index) => line.slice(0, wanted[index]?.length))).toEqual(wanted)
      },
    )
    tally.holds('8', property, 1_000)
  })
})

describe('property 9: I9 secrets', () => {
  /** Words that are well-formed lines whatever stands around them. */
  const secret = fc.stringMatching(/^[!-~\xa1-\xef][ -~\xa1-\xef]{0,40}$/)

  function withSecret(dialogue: Dialogue, word: string): Dialogue {
    const others = new Map([
      ['PASS p\r\n', `PASS ${word}\r\n`],
      ['ACCT a\r\n', `ACCT ${word}\r\n`],
      ['CWD x\r\n', `SITE PSWD ${word}\r\n`],
      ['XYZW a\r\n', `ADAT ${word}\r\n`],
    ])
    let isAtLineStart = true
    return reworded(dialogue, (text, side) => {
      if (side !== 'client') return text
      // Behind half a line it would be a part of that.
      const word = isAtLineStart ? (others.get(text) ?? text) : text
      isAtLineStart = text.endsWith('\r\n')
      return word
    })
  }

  test('property 9: L1 two runs that differ in a secret alone have the same records', () => {
    const property = fc.property(dialogues, secret, secret, (dialogue, one, other) => {
      const first = play(withSecret(dialogue, one))
      const second = play(withSecret(dialogue, other))
      expect(second.records).toEqual(first.records)
      expect(second.toClient).toBe(first.toClient)
    })
    tally.holds('9', property, 700)
  })
})

test('property 10: L2 one line for each record, and nothing in it that acts', async () => {
  const path = join(temporaryDirectory(), 'log.jsonl')
  const settings = { path, onFailure: 'deny', version: '0', rules: 'none' } as const
  const log = createPacketLog(settings)
  let written = 0
  const property = fc.property(dialogues, (dialogue) => {
    for (const record of play(dialogue).records) {
      log.write(record)
      written += 1
    }
  })
  tally.holds('10', property, 300)
  await log.close()
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n').slice(0, -1)
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Zl}\p{Zp}]/u)
  const types = lines.map((line) => (JSON.parse(line) as { type: string }).type)
  // Those of the log itself are its first and its last.
  expect(types.length).toBe(written + 2)
  const verifier = new LogVerifier()
  verifier.beginFile(path)
  for (const line of lines) verifier.accept(Buffer.from(line).toString('latin1'))
  expect(verifier.report()).toMatchObject({ records: written + 2, breaks: 0, foreign: 0, lost: 0 })
})

test('property 11: I4 L12 nothing is left when it ends, and every pinhole was closed', () => {
  const property = fc.property(dialogues, (dialogue) => {
    const outcome = play(dialogue)
    expect(breaches(outcome)).toEqual([])
    finish(outcome)
    expect(outcome.talk.isClosed).toBe(true)
    expect(breaches(outcome)).toEqual([])
    const { gateway, session } = outcome.talk
    expect(gateway.nextDeadline(session)).toBeUndefined()
    const opened = outcome.talk.effectsOf('openPinhole').map(({ pinhole }) => pinhole.id)
    const closed = outcome.talk.effectsOf('closePinhole').map(({ pinhole }) => pinhole.id)
    expect(closed.toSorted()).toEqual(opened.toSorted())
  })
  tally.holds('11', property, 700)
})

describe('property 12: a hostile line never adds a pinhole', () => {
  const FOREIGN_PORT = 'PORT 10,0,0,66,200,21\r\n'
  /** Refused for what they are, in every state. A refused PORT changes the state: no data path. */
  const refused = fc.constantFrom(
    'PASV\n',
    'NOOP\rPASV\r\n',
    'RETR a\0b\r\n',
    'PORT\t198,51,100,10,200,21\r\n',
    FOREIGN_PORT,
    '\xff\xf1EPSV\r\n',
    'P@SW\r\n',
    'Host: x\r\n',
    '227 Entering Passive Mode (10,0,0,20,156,64)\r\n',
    '\0\r\n',
    'GET / HTTP/1.1\r\n',
  )

  test('property 12: wherever it stands', () => {
    const property = fc.property(
      dialogues,
      refused,
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
        // Behind it a transfer is refused that the server would have kept waiting, and the client's
        // own set-up with it: that one may open then, and no other.
        const most = line === FOREIGN_PORT ? setUps(strict) : opens(strict)
        expect(opens(more)).toBeLessThanOrEqual(most)
      },
    )
    tally.holds('12', property, 500)
  })

  function opens(dialogue: Dialogue): number {
    return play(dialogue).talk.recordsOf('pinhole.open').length
  }

  /** What the client itself asks for. */
  function setUps({ steps }: Dialogue): number {
    const said = steps.filter(isClientWrite).map(({ bytes }) => textOf(bytes))
    return said.join('').match(/^(?:PORT|EPRT|PASV|EPSV)\b/gim)?.length ?? 0
  }

  function isClientWrite(step: Step): step is Extract<Step, { type: 'write' }> {
    return step.type === 'write' && step.side === 'client'
  }
})

describe('property 15: lines that end otherwise are not spoken', () => {
  const LINES = ['USER u', 'PASS p', 'PASV', 'PORT 198,51,100,10,200,21', 'EPSV', 'RETR f', 'NOOP']
  const end = fc.constantFrom('\n', '\r', '\r\r\n', '\r\0', '\r\0\n', '\0\r\n')

  test('property 15: of the client', () => {
    const lines = fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 8 })
    const property = fc.property(fc.boolean(), lines, end, (isLoggedIn, said, terminator) => {
      const talk = isLoggedIn ? loggedIn() : new Conversation().server('220 x\r\n')
      for (const line of said) talk.client(`${line}${terminator}`)
      talk.server('').advance(31_000)
      expect(talk.sentTo('server')).toBe('')
      expect(talk.effectsOf('openPinhole')).toEqual([])
    })
    tally.holds('15', property, 700)
  })

  test('property 15: of the server', () => {
    const answers = fc.constantFrom(
      ['PASV', '227 ok (10,0,0,20,156,64)'],
      ['EPSV', '229 ok (|||40001|)'],
    )
    const property = fc.property(answers, end, ([command = '', reply = ''], terminator) => {
      const talk = loggedIn().client(`${command}\r\n`)
      talk.server(`${reply}${terminator}`).advance(31_000)
      expect(talk.sentTo('client')).not.toMatch(/^22[79]/m)
      expect(talk.effectsOf('openPinhole')).toEqual([])
    })
    tally.holds('15', property, 100)
  })
})

test('so many times', ({ task }) => {
  expect(tally.total).toBeGreaterThanOrEqual(7_500)
  task.meta.summary = `dialogues: ${tally.summary}`
})
