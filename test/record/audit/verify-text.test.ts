import { expect, test } from 'vitest'
import { LogVerifier } from '../../../src/record/audit/log-verifier.ts'
import { isIntact, verifyText } from '../../../src/record/audit/verify-text.ts'
import { hashOfLine } from '../../../src/record/hash-chain.ts'
import { plainStyle } from '../../../src/record/ladder-row.ts'
import { clearSession, LOG_START, LOG_STOP, seal } from './sample.ts'

function check(files: Readonly<Record<string, readonly string[]>>, expected?: string) {
  const verifier = new LogVerifier(expected)
  for (const [file, lines] of Object.entries(files)) {
    verifier.beginFile(file)
    for (const line of lines) verifier.accept(line)
  }
  const report = verifier.report()
  return {
    text: `\n${verifyText(report, { style: plainStyle, expected })}`,
    isGood: isIntact(report),
  }
}

const first = seal([
  LOG_START,
  ...clearSession('s1', 'anna').filter(({ type }) => type !== 'x'),
]).map((line) => Buffer.from(line, 'utf8').toString('latin1'))
const head = hashOfLine(first.at(-1) ?? '') ?? ''
const second = seal([LOG_START, LOG_STOP], { previous: head })

test('an intact log of two files', () => {
  const { text, isGood } = check({ 'log.jsonl.1': first, 'log.jsonl': second }, head)
  expect(isGood).toBe(true)
  expect(text).toMatchInlineSnapshot(`
    "
    log.jsonl.1          24 records  2026-11-21 07:00:00 – 2026-11-21 07:00:00  intact
    log.jsonl             2 records  2026-11-21 07:00:00 – 2026-11-21 07:00:00  intact

    note: log.jsonl:1: a run starts at 2026-11-21T07:00:00.000Z and the one before has no log.stop: it crashed, or its last records were taken out
    note: 8417cf3dac4ad9d22635c8264dc6b8cfc13ad720627a6a656fd029878eaa3ca8 is the hash of a record
    intact: 26 records in 2 runs; the last hash is 1252953a0b8bcc9ac6b8b25ebe73bc872ef884a618dea60e41dbcb9f7f399df3
    "
  `)
})

test('a broken one', () => {
  const { text, isGood } = check({ 'log.jsonl': [...first.toSpliced(4, 2), 'hello'] })
  expect(isGood).toBe(false)
  expect(text).toMatchInlineSnapshot(`
    "
    log.jsonl          22 records  2026-11-21 07:00:00 – 2026-11-21 07:00:00  BROKEN
    log.jsonl:5: seq 7 does not follow 2026-11-21T07:00:00.060Z
       records before this one were taken out
       before it: log.jsonl:4, seq 4
    note: log.jsonl:23: not a record, or one that a crash cut short
    note: the last record is no log.stop: the run goes on, crashed, or its end was taken out
    BROKEN in 1 place: 22 records in 1 run
    "
  `)
})

test('a hash that is not there, and no log at all', () => {
  expect(check({ log: first }, 'a'.repeat(64))).toMatchObject({
    isGood: false,
    text: expect.stringContaining('BROKEN: no record has the hash that was expected') as string,
  })
  expect(check({ log: ['hello'] })).toMatchObject({
    isGood: false,
    text: expect.stringContaining('no records') as string,
  })
})
