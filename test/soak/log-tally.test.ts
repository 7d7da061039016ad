import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GENESIS, sealFirstLine, sealLine } from '../../src/record/hash-chain.ts'
import { type LogTally, tallyLogs } from './log-tally.ts'

let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-tally-'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

const ADA = { session: 's-1', client: '127.64.0.1:4000', server: '127.0.0.2:21' }
const BOB = { session: 's-2', client: '127.64.0.2:4001', server: '127.0.0.2:21' }
const RECORDS: readonly object[] = [
  { type: 'log.start', version: '0.1.0', rules: 'rules.yaml' },
  { type: 'session.open', ...ADA },
  { type: 'session.open', ...BOB },
  { type: 'verdict', ...ADA, verdict: 'reject', reason: 'cmd.nul' },
  { type: 'verdict', ...ADA, verdict: 'note', reason: 'server.closed' },
  { type: 'data.refused', reason: 'data.foreign-peer' },
  { type: 'session.close', ...ADA, reason: 'quit' },
  { type: 'log.stop' },
]

/** The log in two files, without the lines whose numbers are in `without`. */
async function tally(without: readonly number[] = []): Promise<LogTally> {
  const files: string[] = []
  let head = GENESIS
  for (const [part, [from, to]] of [[0, 4] as const, [4, RECORDS.length] as const].entries()) {
    const lines: string[] = []
    for (let index = from; index < to; index++) {
      const time = `2026-11-21T07:00:0${index}.000Z`
      const body = JSON.stringify({ time, seq: index + 1, ...RECORDS[index] })
      const sealed = index === from ? sealFirstLine(head, body) : sealLine(head, body)
      head = sealed.hash
      if (!without.includes(index)) lines.push(`${sealed.line}\n`)
    }
    const file = join(directory, `log.${part}.jsonl`)
    await writeFile(file, lines.join(''))
    files.push(file)
  }
  return tallyLogs(files)
}

test('a rotated log is one log, and tells what was stopped', async () => {
  const { verification, refusals, opened, closed, endings, damaged } = await tally()
  expect(verification).toMatchObject({
    breaks: 0,
    lost: 0,
    records: 8,
    isStopped: true,
    foreign: 0,
  })
  expect(Object.fromEntries(refusals)).toEqual({ 'cmd.nul': 1, 'data.foreign-peer': 1 })
  expect(Object.fromEntries(opened)).toEqual({ '127.64.0.1': 1, '127.64.0.2': 1 })
  expect(Object.fromEntries(closed)).toEqual({ '127.64.0.1': 1 })
  expect(Object.fromEntries(endings)).toEqual({ quit: 1 })
  expect(damaged).toEqual([])
})

test('a session without an end, or without a beginning, is named', async () => {
  expect((await tally()).unpaired).toEqual(['s-2'])
  expect((await tally([1])).unpaired).toEqual(['s-1', 's-2'])
})

test('a record that was taken out breaks the chain', async () => {
  expect((await tally([3])).verification.breaks).toBe(1)
})
