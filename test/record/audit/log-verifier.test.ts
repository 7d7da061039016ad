import { describe, expect, test } from 'vitest'
import {
  isGenesis,
  LogVerifier,
  type VerificationReport,
} from '../../../src/record/audit/log-verifier.ts'
import { GENESIS, hashOfLine } from '../../../src/record/hash-chain.ts'
import { clearSession, latin1, LOG_START, LOG_STOP, type Sample, seal } from './sample.ts'

type Files = Readonly<Record<string, readonly string[]>>

function verify(files: Files, expected?: string): VerificationReport {
  const verifier = new LogVerifier(expected)
  for (const [file, lines] of Object.entries(files)) {
    verifier.beginFile(file)
    for (const line of lines) verifier.accept(latin1(line))
  }
  return verifier.report()
}

const records: readonly Sample[] = [LOG_START, ...clearSession('s1', 'anna'), LOG_STOP]
const lines = seal(records)
const headOf = (of: readonly string[]): string => hashOfLine(of.at(-1) ?? '') ?? ''

/** Three files of one log; the first line of each says what it continues. */
const first = seal([LOG_START, ...clearSession('s1', 'anna')])
const second = seal(clearSession('s2', 'bert'), { previous: headOf(first), seq: first.length + 1 })
const third = seal([LOG_STOP], { previous: headOf(second), seq: first.length + second.length + 1 })

describe('an intact log', () => {
  test('of one file', () => {
    expect(verify({ a: lines })).toMatchObject({
      records: lines.length,
      breaks: 0,
      start: GENESIS,
      head: headOf(lines),
      runs: 1,
      isStopped: true,
      foreign: 0,
      gaps: [],
      hasExpected: undefined,
    })
    expect(isGenesis(verify({ a: lines }).start)).toBe(true)
  })

  test('over three files', () => {
    const report = verify({ a: first, b: second, c: third })
    expect(report).toMatchObject({ breaks: 0, isStopped: true })
    expect(report.files.map(({ file, records: count, breaks }) => [file, count, breaks])).toEqual([
      ['a', 24, 0],
      ['b', 23, 0],
      ['c', 1, 0],
    ])
    expect(report.files[1]).toMatchObject({ first: { seq: 25 }, last: { seq: 47 } })
  })

  test('whose earlier files were not given', () => {
    const report = verify({ b: second, c: third })
    expect(report).toMatchObject({ breaks: 0, start: headOf(first) })
    expect(isGenesis(report.start)).toBe(false)
  })

  test('split anywhere by other means', () => {
    expect(verify({ a: lines.slice(0, 5), b: lines.slice(5) }).breaks).toBe(0)
  })

  test('a hash that was noted', () => {
    expect(verify({ a: lines }, hashOfLine(lines[3] ?? '')).hasExpected).toBe(true)
    expect(verify({ a: lines }, 'a'.repeat(64)).hasExpected).toBe(false)
  })
})

describe('a log that was tampered with', () => {
  test.each(lines.map((_, index) => index))('record %s changed: noticed', (index) => {
    const changed = lines.with(index, lines[index]?.replace('.', ',') ?? '')
    if (changed[index] === lines[index]) throw new Error('nothing was changed')
    const report = verify({ log: changed })
    // A time that is none leaves no record at all, and its successor hangs in the air.
    expect(report.breaks + report.foreign).toBeGreaterThan(0)
  })

  test('text changed within a record: that record, and no other', () => {
    const at = lines.findIndex((line) => line.includes('"anna"'))
    const changed = lines.with(at, lines[at]?.replace('"anna"', '"anne"') ?? '')
    expect(verify({ log: changed })).toMatchObject({
      breaks: 1,
      firstBreaks: [
        { file: 'log', line: at + 1, seq: at + 1, problem: 'altered', after: { line: at } },
      ],
    })
  })

  test('a record taken out', () => {
    expect(verify({ log: lines.toSpliced(7, 1) })).toMatchObject({
      breaks: 1,
      firstBreaks: [{ line: 8, seq: 9, problem: 'missing', after: { line: 7, seq: 7 } }],
    })
  })

  test('records exchanged', () => {
    const swapped = lines.with(5, lines[6] ?? '').with(6, lines[5] ?? '')
    expect(verify({ log: swapped }).firstBreaks[0]).toMatchObject({ line: 6, seq: 7 })
  })

  test('the beginning cut off', () => {
    expect(verify({ log: lines.slice(4) }).firstBreaks[0]).toMatchObject({
      line: 1,
      problem: 'headless',
      after: undefined,
    })
  })

  test('a file missing between two, or in the wrong place', () => {
    expect(verify({ a: first, c: third })).toMatchObject({
      breaks: 1,
      firstBreaks: [{ file: 'c', line: 1, problem: 'elsewhere', after: { file: 'a', line: 24 } }],
    })
    expect(verify({ b: second, a: first }).breaks).toBe(1)
  })

  test('a later file that was altered is not taken for one from elsewhere', () => {
    const changed = second.with(0, second[0]?.replace('partners', 'partner') ?? '')
    expect(verify({ a: first, b: changed }).firstBreaks[0]).toMatchObject({
      file: 'b',
      line: 1,
      problem: 'altered',
    })
  })

  test('many breaks: all are counted, the first are named', () => {
    const changed = lines.map((line) => line.replace('"192.0.2.10', '"192.0.2.11'))
    const long = [...changed, ...changed]
    const report = verify({ log: long })
    expect(report.breaks).toBeGreaterThan(20)
    expect(report.firstBreaks).toHaveLength(20)
  })
})

describe('what is worth a note', () => {
  test('a run after one that did not stop', () => {
    const again = seal([LOG_START, LOG_STOP], { previous: headOf(first), seq: 1 })
    expect(verify({ log: [...first, ...again] })).toMatchObject({
      breaks: 0,
      runs: 2,
      crashCount: 1,
      crashes: [{ file: 'log', line: first.length + 1 }],
      gaps: [],
    })
    const stopped = seal([LOG_START], { previous: headOf(lines), seq: 1 })
    expect(verify({ log: [...lines, ...stopped] })).toMatchObject({
      crashCount: 0,
      isStopped: false,
    })
  })

  test('lines that are no records', () => {
    const verifier = new LogVerifier()
    verifier.beginFile('log')
    verifier.accept(lines[0] ?? '')
    verifier.accept('hello')
    verifier.accept('')
    verifier.accept(lines[1]?.slice(0, 50) ?? '', true)
    expect(verifier.report()).toMatchObject({
      breaks: 0,
      foreign: 2,
      firstForeign: [
        { file: 'log', line: 2 },
        { file: 'log', line: 4 },
      ],
      files: [{ isCutShort: true }],
    })
  })

  test('numbers that are missing, unless the log says that records were lost', () => {
    const lost = seal([{ type: 'log.lost', records: 17 }], {
      previous: headOf(first),
      seq: 24 + 18,
    })
    const after = seal([LOG_STOP], { previous: headOf(lost), seq: 24 + 19 })
    expect(verify({ log: [...first, ...lost, ...after] })).toMatchObject({ lost: 17, gaps: [] })
    const unsaid = seal([LOG_STOP], { previous: headOf(first), seq: 99 })
    expect(verify({ log: [...first, ...unsaid] })).toMatchObject({
      breaks: 0,
      gaps: [{ file: 'log', line: 25 }],
    })
  })

  test('nothing at all', () => {
    expect(verify({ empty: [] })).toMatchObject({ records: 0, breaks: 0, head: undefined })
  })
})
