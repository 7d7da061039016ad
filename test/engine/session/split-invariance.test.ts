/**
 * The heart of the matter (I6): the same bytes give the same lines, the same effects and the same
 * records, wherever TCP cuts them. Hand-written dialogues also say what each side gets.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Side } from '../../../src/engine/session/event.ts'
import { byteByByte, type Cut, cutAtFractions, cutEach, cutOnce } from '../../support/cuts.ts'
import { type Dialogue, inTurns, type Outcome, play, readDialogues } from '../../support/golden.ts'
import { breaches } from '../../support/invariants.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const GOLDEN = 'test/fixtures/dialogues'

/** Transcripts of real sessions, read where they are. They are other people's. */
const RECORDED = '../shared/corpus/transcripts'

/** Of a recorded session of hundreds of commands, as much as brings something new. */
const RECORDED_STEPS_MAX = 120

function filesIn(folder: string): { name: string; text: string }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .toSorted()
    .map((file) => ({
      name: file.slice(0, -4),
      text: readFileSync(`${folder}/${file}`, 'utf8'),
    }))
}

const golden = filesIn(GOLDEN).map(({ name, text }) => {
  const [dialogue] = readDialogues(name, text, false)
  if (dialogue === undefined) throw new Error(`${name} has no session`)
  return { name, text, dialogue }
})

const recorded = filesIn(RECORDED).flatMap(({ name, text }) =>
  readDialogues(name, text, true).map((dialogue) => ({
    name: dialogue.name,
    // Those that went under TLS hold the length of what came, not the bytes: AUTH is refused.
    dialogue: {
      ...dialogue,
      options: {
        ...dialogue.options,
        profile: { ...dialogue.options.profile, encryption: 'forbidden' as const },
      },
      steps: dialogue.steps.slice(0, RECORDED_STEPS_MAX),
    },
  })),
)

/** All that could differ, in one text: comparing texts is quick, and its diff is readable. */
function summary({ toClient, toServer, effects, records, talk }: Outcome): string {
  return JSON.stringify(
    { toClient, toServer, effects, records, left: talk.gateway.counts, closed: talk.isClosed },
    undefined,
    1,
  )
}

/** Compares without building a diff for each of thousands of equal texts. */
function expectSame(dialogue: Dialogue, whole: string, cut: Cut): void {
  const cutUp = summary(play(dialogue, cut))
  if (cutUp !== whole) expect(cutUp).toBe(whole)
}

function writesOf(dialogue: Dialogue, side?: Side): Uint8Array[] {
  return dialogue.steps.flatMap((step) =>
    step.type === 'write' && (side === undefined || step.side === side) ? [step.bytes] : [],
  )
}

test('there are dialogues enough', () => {
  expect(golden.length).toBeGreaterThanOrEqual(25)
})

describe('hand-written dialogues', () => {
  test.each(golden)('$name: each side gets what is written', ({ text, dialogue }) => {
    const outcome = play(dialogue)
    const written = text.split('\n').filter((line) => !line.startsWith('#'))
    expect(outcome.transcript).toBe(written.join('\n'))
    expect(breaches(outcome)).toEqual([])
    expect(outcome.talk.isClosed).toBe(true)
  })

  test.each(golden)('$name: every single cut of every write', ({ dialogue }) => {
    const whole = summary(play(dialogue))
    // Thousands of equal bytes are cut here and there.
    for (const [ordinal, bytes] of writesOf(dialogue).entries()) {
      const stride = Math.ceil(bytes.length / 200)
      for (let at = 1; at < bytes.length; at += stride)
        expectSame(dialogue, whole, cutOnce(ordinal, at))
    }
  })

  test.each(golden)('F1 $name: byte by byte', ({ dialogue }) => {
    expectSame(dialogue, summary(play(dialogue)), byteByByte)
  })

  test.each(golden)('F3 $name: every turn in one segment', ({ dialogue }) => {
    expect(summary(play(inTurns(dialogue)))).toBe(summary(play(dialogue)))
  })

  test('any cuts anywhere', () => {
    const whole = golden.map(({ dialogue }) => summary(play(dialogue)))
    const places = fc.array(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    fc.assert(
      fc.property(fc.nat({ max: golden.length - 1 }), places, (index, fractions) => {
        const dialogue = golden[index]?.dialogue
        if (dialogue !== undefined)
          expectSame(inTurns(dialogue), whole[index] ?? '', cutAtFractions(fractions))
      }),
      { numRuns: 400 },
    )
  })
})

describe('recorded sessions', () => {
  const missing = `${RECORDED} is not there: no recorded sessions to play`

  test('every one of them keeps the invariants', ({ skip }) => {
    skip(recorded.length === 0, missing)
    for (const { name, dialogue } of recorded)
      expect({ name, found: breaches(play(dialogue)) }).toEqual({ name, found: [] })
  })

  test('each write cut at every place, all writes of a session at once', ({ skip }) => {
    skip(recorded.length === 0, missing)
    for (const { dialogue } of recorded) {
      const whole = summary(play(dialogue))
      const longest = Math.max(0, ...writesOf(dialogue).map((bytes) => bytes.length))
      const stride = Math.ceil(longest / 60)
      for (let at = 1; at < longest; at += stride) expectSame(dialogue, whole, cutEach(at))
    }
  })

  test('byte by byte, and every turn in one segment', ({ skip }) => {
    skip(recorded.length === 0, missing)
    for (const { dialogue } of recorded) {
      const whole = summary(play(dialogue))
      expectSame(dialogue, whole, byteByByte)
      const turns = summary(play(inTurns(dialogue)))
      if (turns !== whole) expect(turns).toBe(whole)
    }
  })

  test('they are not played in vain: most go through as they were recorded', ({ skip }) => {
    skip(recorded.length === 0, missing)
    const whole = recorded.filter(
      ({ dialogue }) =>
        play(dialogue).toServer.split('\r\n').length > writesOf(dialogue, 'client').length,
    )
    expect(whole.length).toBeGreaterThan(recorded.length / 2)
  })
})
