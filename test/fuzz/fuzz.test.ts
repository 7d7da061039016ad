/**
 * A short run of the fuzzer over each target with fixed seeds, what was once found, and that the
 * fuzzer finds what is there to be found. The long run is `npm run fuzz`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { BlockCoverage } from './block-coverage.ts'
import { readFindings, writeFinding } from './finding.ts'
import { Fuzzer } from './fuzzer.ts'
import { minimise } from './minimise.ts'
import { mutate } from './mutate.ts'
import { seeded } from './random.ts'
import { runSafely, type Target } from './target.ts'
import { TARGETS } from './targets.ts'

// A busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

/** Ten thousand in all; a dialogue and a capture cost more than a line. */
const EXECUTIONS: Readonly<Record<string, number>> = {
  command: 2_500,
  reply: 2_500,
  addresses: 2_700,
  tls: 500,
  rules: 300,
  capture: 200,
  'packet-log': 300,
  dialogue: 1_200,
}

describe('a short run finds nothing', () => {
  let total = 0

  test.each(TARGETS)('$name', (target) => {
    const fuzzer = new Fuzzer(target, { random: seeded(1) })
    while (fuzzer.executions < (EXECUTIONS[target.name] ?? Infinity)) fuzzer.step()
    expect(fuzzer.findings).toEqual([])
    total += fuzzer.executions
  })

  test('of ten thousand inputs', ({ task }) => {
    expect(total).toBeGreaterThanOrEqual(10_000)
    task.meta.summary = `fuzzing: ${total} inputs to ${TARGETS.length} targets`
  })
})

describe('what was once found', () => {
  const findings = readFindings('test/fuzz/findings')

  test('can still be read', () => {
    const names = new Set(TARGETS.map(({ name }) => name))
    expect(findings.filter(({ target }) => !names.has(target))).toEqual([])
  })

  test.each(findings)('$file is no longer so', ({ target: name, input }) => {
    const target = TARGETS.find((one) => one.name === name)
    if (target === undefined) throw new Error(`no target ${name}`)
    expect(runSafely(target, input).breaches).toEqual([])
  })
})

describe('the fuzzer', () => {
  /** Fails on a `!` between two parts that are long enough, which takes some mutations to make. */
  const faulty: Target = {
    name: 'faulty',
    seeds: () => [Buffer.from('ab,cd')],
    dictionary: ['FTP'],
    parts: (input) => [input],
    show: (input) => [Buffer.from(input).toString()],
    run(input) {
      const text = Buffer.from(input).toString('latin1')
      const features = ['F', 'FT', 'FTP'].filter((word) => text.startsWith(word))
      if (text.startsWith('FTP') && text.includes(',,')) throw new RangeError(`at ${text.length}`)
      return { breaches: [], features }
    },
  }

  function fuzz(seed: number): Fuzzer {
    const fuzzer = new Fuzzer(faulty, { random: seeded(seed) })
    for (let batch = 0; batch < 400 && fuzzer.findings.length === 0; batch++) fuzzer.step()
    return fuzzer
  }

  test('finds a fault, once, and makes it small', () => {
    const [finding, another] = fuzz(7).findings
    expect(another).toBeUndefined()
    expect(Buffer.from(finding?.input ?? []).toString()).toBe('FTP,,')
    expect(finding?.breaches[0]).toMatch(/^RangeError: at 5 /)
  })

  test('does the same with the same seed', () => {
    expect(fuzz(7).executions).toBe(fuzz(7).executions)
    const material = { others: [], dictionary: [], parts: (input: Uint8Array) => [input] }
    const inputs = (seed: number): string[] => {
      const random = seeded(seed)
      return Array.from({ length: 20 }, () =>
        Buffer.from(mutate(Buffer.from('abc'), material, random)).toString('latin1'),
      )
    }
    expect(inputs(3)).toEqual(inputs(3))
    expect(inputs(3)).not.toEqual(inputs(4))
  })

  test('calls an input that costs too much a finding', () => {
    // Less than nothing: every input does.
    const budget = { milliseconds: -1, heapBytes: Infinity }
    const { findings } = new Fuzzer(faulty, { random: seeded(1), budget })
    expect(findings.map(({ breaches }) => breaches)).toEqual([['too slow']])
  })

  test('keeps an input that runs new code', () => {
    const coverage = new BlockCoverage()
    const target = TARGETS.find(({ name }) => name === 'addresses')
    if (target === undefined) throw new Error('no such target')
    const silent: Target = {
      ...target,
      seeds: () => [Buffer.from('1')],
      run: (input) => ({ ...target.run(input), features: [] }),
    }
    const fuzzer = new Fuzzer(silent, { random: seeded(1), coverage })
    const before = coverage.size
    for (let batch = 0; batch < 40; batch++) fuzzer.step()
    expect(coverage.size).toBeGreaterThan(before)
    expect(fuzzer.corpusSize).toBeGreaterThan(1)
  })

  test('leaves nothing in an input that is not needed', () => {
    const isStill = (input: Uint8Array): boolean => input.includes(1) && input.includes(2)
    const input = Uint8Array.from({ length: 300 }, (_, index) => index % 100)
    expect([...minimise(input, (all) => [all], isStill)].toSorted((a, b) => a - b)).toEqual([1, 2])
  })
})

describe('a finding', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-findings-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is written and read', () => {
    const finding = {
      target: 'reply',
      breaches: ['one'],
      input: Buffer.from([0, 255, 10]),
      shown: ['"x"'],
    }
    const path = writeFinding(folder, finding)
    expect(writeFinding(folder, finding)).toBe(path)
    expect(readFindings(folder)).toMatchObject([
      { target: 'reply', breaches: ['one'], input: Buffer.from([0, 255, 10]) },
    ])
  })
})
