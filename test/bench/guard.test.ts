/**
 * The engine does no more for a fixed set of dialogues than it did (`bench/guard/`), its work grows as
 * it should, and what counts it sees what it is there to see. Nothing here looks at a clock.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readBaseline } from '../../bench/guard/baseline.ts'
import { compare, formatChanges } from '../../bench/guard/compare.ts'
import { type Counted, type Counts, sumOf } from '../../bench/guard/counts.ts'
import { COMPILED, compile, count } from '../../bench/guard/start-count.ts'

let counted: Counted

beforeAll(async () => {
  await compile()
  counted = await count()
}, 120_000)

function of(dialogue: string, { dialogues }: Counted = counted): Counts {
  const counts = dialogues[dialogue]
  if (counts === undefined) throw new Error(`no dialogue ${dialogue}`)
  return counts
}

test('the engine does what it did, within a tenth', () => {
  const changes = compare(readBaseline(), counted)
  expect(changes, formatChanges(changes)).toEqual([])
})

test('the same is counted each time, and hardly another byte', async () => {
  const name = '20 sessions'
  const again = of(name, await count([name]))
  expect(again).toEqual({ ...of(name), allocated: again.allocated })
  expect(Math.abs(again.allocated / of(name).allocated - 1)).toBeLessThan(0.01)
})

describe.each([
  ['code that runs', ({ code }: Counts) => sumOf(code)],
  ['what is walked', ({ walked }: Counts) => walked],
  ['what is allocated', ({ allocated }: Counts) => allocated],
] as const)('%s', (_, measure) => {
  test.each([
    ['1000 commands', '2000 commands'],
    ['1000 commands in one segment', '2000 commands in one segment'],
    ['16 KiB of a reply, byte by byte', '32 KiB of a reply, byte by byte'],
    ['1 MiB of TLS', '2 MiB of TLS'],
    ['1000 rules compiled', '2000 rules compiled'],
    ['a file of 100 rules loaded', 'a file of 200 rules loaded'],
    ['1000 records sealed', '2000 records sealed'],
  ])('%s are to %s as one to two', (once, twice) => {
    expect(measure(of(twice))).toBeLessThanOrEqual(2.1 * measure(of(once)))
  })

  test.each([
    ['20 sessions among 10 others', '20 sessions among 1000 others'],
    ['1000 verdicts of 10 rules', '1000 verdicts of 10000 rules'],
  ])('%s are as %s', (few, many) => {
    expect(measure(of(many))).toBeLessThanOrEqual(1.5 * measure(of(few)))
  })
})

describe('a loss is seen', () => {
  test.each([
    {
      loss: 'every byte makes us search the line from its start',
      file: 'engine/ftp/line.js',
      code: 'this.#scanned = index === -1 ? this.#end : index',
      worse: 'this.#scanned = this.#start',
      dialogue: 'a command of 4 KiB, byte by byte',
      count: 'walked',
    },
    {
      loss: 'the buffer is copied for every segment',
      file: 'engine/ftp/line.js',
      code: 'this.#buffer.set(bytes, this.#end)',
      worse: 'this.#buffer = this.#buffer.slice(); this.#buffer.set(bytes, this.#end)',
      dialogue: 'a command of 4 KiB, byte by byte',
      count: 'allocated',
    },
    {
      loss: 'every command is read twice',
      file: 'engine/session/client-line.js',
      code: 'const lexed = lexCommand(framed.bytes)',
      worse: 'lexCommand(framed.bytes); const lexed = lexCommand(framed.bytes)',
      dialogue: '1000 commands',
      count: 'code of engine/ftp',
    },
    {
      loss: 'every event makes us go over all sessions',
      file: 'engine/gateway/gateway.js',
      code: 'const session = this.#sessions.get(event.session)',
      worse:
        'let session; for (const [id, one] of this.#sessions) if (id === event.session) session = one',
      dialogue: '20 sessions among 10 others',
      count: 'code of engine/gateway',
    },
  ] as const)('$loss', async ({ file, code, worse, dialogue, count: seen }) => {
    const folder = mkdtempSync(`${COMPILED}-`)
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(COMPILED, folder, { recursive: true })
    const path = join(folder, 'src', file)
    const parts = readFileSync(path, 'utf8').split(code)
    expect(parts).toHaveLength(2)
    writeFileSync(path, parts.join(worse))
    const before = { ...counted, dialogues: { [dialogue]: of(dialogue) } }
    const changes = compare(before, await count([dialogue], folder))
    expect(changes.map((change) => change.count)).toContain(seen)
  })
})

describe('the comparison', () => {
  const counts: Counts = {
    code: { 'engine/ftp': 500, 'engine/session': 500, net: 10 },
    walked: 1000,
    allocated: 1000,
  }
  const baseline: Counted = { node: 20, dialogues: { talk: counts } }
  const changed = (changes: Partial<Counts>, node = 20): string =>
    formatChanges(compare(baseline, { node, dialogues: { talk: { ...counts, ...changes } } }))

  test('overlooks a tenth, and what is small', () => {
    const code = { 'engine/ftp': 550, 'engine/session': 450, net: 12 }
    expect(changed({ code, walked: 1100, allocated: 900 })).not.toContain('talk')
  })

  test('says which dialogue does more, of what, and how much', () => {
    expect(changed({ walked: 1101 })).toContain('talk: walked 1000 → 1101 (+10.1 %)')
    const code = { ...counts.code, 'engine/ftp': 560 }
    expect(changed({ code })).toContain('talk: code of engine/ftp 500 → 560 (+12.0 %)')
    expect(changed({ code })).not.toContain('engine/session')
  })

  test('does not let a baseline be that is too high', () => {
    expect(changed({ walked: 800 })).toContain('talk: walked 1000 → 800 (-20.0 %)')
  })

  test('wants a baseline for each dialogue, and each dialogue of the baseline', () => {
    const nothing = { node: 20, dialogues: {} }
    expect(formatChanges(compare(nothing, baseline))).toContain('talk: code 0 → 1010 (new)')
    expect(formatChanges(compare(baseline, nothing))).toContain('talk: code 1010 → 0 (-100.0 %)')
  })

  test('does not compare what objects weigh in another release of Node', () => {
    expect(changed({ allocated: 2000 }, 22)).not.toContain('allocated')
    expect(changed({ allocated: 2000 })).toContain('allocated')
  })
})
