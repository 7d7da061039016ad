import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  GENESIS,
  hashOfLine,
  sealFirstLine,
  sealLine,
  splitSealed,
  verifyChain,
} from '../../src/record/hash-chain.ts'

type Record = { readonly seq: number; readonly type: string; readonly argument?: string }

function seal(records: readonly Record[], start: string = GENESIS): string[] {
  let previous = start
  return records.map((record, index) => {
    const sealed = (index === 0 ? sealFirstLine : sealLine)(previous, JSON.stringify(record))
    previous = sealed.hash
    return sealed.line
  })
}

const run = (count: number): Record[] => [
  { seq: 1, type: 'log.start' },
  ...Array.from({ length: count }, (_, index) => ({ seq: index + 2, type: 'control.command' })),
  { seq: count + 2, type: 'log.stop' },
]

const headOf = (lines: readonly string[]): string => hashOfLine(lines.at(-1) ?? '') ?? ''

describe('sealLine', () => {
  test('appends the hash as the last field of the object', () => {
    expect(sealLine(GENESIS, '{"seq":1}')).toMatchInlineSnapshot(`
      {
        "hash": "0a00898550374c41186879d92f30325cd0a550ce8c5da4d9aeef34a95c0b85ea",
        "line": "{"seq":1,"hash":"0a00898550374c41186879d92f30325cd0a550ce8c5da4d9aeef34a95c0b85ea"}",
      }
    `)
    expect(sealFirstLine(GENESIS, '{"seq":1}').line).toMatchInlineSnapshot(
      `"{"seq":1,"previous":"0000000000000000000000000000000000000000000000000000000000000000","hash":"abe56d57326fe7690aa00d23fd3259480e5416a1ca0d2bde17792aea17d4ca39"}"`,
    )
  })

  test('L7: text of a peer cannot pass for the hash', () => {
    const argument = `","hash":"${'a'.repeat(64)}"}`
    const [line = ''] = seal([{ seq: 1, type: 'log.start', argument }])
    expect(JSON.parse(line)).toMatchObject({ argument })
    expect(verifyChain([line]).firstBreak).toBeUndefined()
  })
})

describe('verifyChain', () => {
  test('accepts what was sealed', () => {
    const lines = seal(run(3))
    expect(verifyChain(lines)).toEqual({
      records: 5,
      head: headOf(lines),
      start: GENESIS,
      firstBreak: undefined,
      foreignLines: [],
      startsWithoutStop: [],
      isStopped: true,
    })
  })

  test('finds any one record changed, moved or taken out', () => {
    const lines = seal(run(6))
    fc.assert(
      fc.property(
        fc.nat(lines.length - 2),
        fc.constantFrom('change', 'swap', 'remove'),
        (at, how) => {
          const forged = [...lines]
          const line = forged[at] ?? ''
          if (how === 'change') forged[at] = line.replace(/"seq":\d/, '"seq":0')
          else if (how === 'swap') forged.splice(at, 2, forged[at + 1] ?? '', line)
          else forged.splice(at, 1)
          expect(verifyChain(forged).firstBreak).toBeDefined()
        },
      ),
    )
  })

  test('says where, and whether records are missing or altered', () => {
    const lines = seal(run(6))
    expect(verifyChain(lines.toSpliced(3, 2)).firstBreak).toEqual({ line: 4, problem: 'missing' })
    const altered = lines.with(3, (lines[3] ?? '').replace('command', 'reply'))
    expect(verifyChain(altered).firstBreak).toEqual({ line: 4, problem: 'altered' })
    expect(verifyChain(altered).records).toBe(3)
  })

  test('misses the head of a file', () => {
    expect(verifyChain(seal(run(3)).slice(1)).firstBreak).toEqual({ line: 1, problem: 'headless' })
  })

  test('follows the chain from a rotated file into the next', () => {
    const first = seal(run(3))
    const second = seal(run(2), headOf(first))
    expect(verifyChain(second).start).toBe(headOf(first))
    expect(verifyChain(second, verifyChain(first).head).firstBreak).toBeUndefined()
    expect(verifyChain([...first, ...second]).firstBreak).toBeUndefined()
    const cut = first.slice(0, -1)
    expect(verifyChain(second, verifyChain(cut).head).firstBreak).toEqual({
      line: 1,
      problem: 'elsewhere',
    })
  })

  test('L14: names a start that follows no stop: a crash, or a tail taken out', () => {
    const lines = seal([...run(2).slice(0, -1), ...run(1)])
    const report = verifyChain(lines)
    expect(report.firstBreak).toBeUndefined()
    expect(report.startsWithoutStop).toEqual([4])
    expect(verifyChain(lines.slice(0, -1)).isStopped).toBe(false)
  })

  test('notes a record cut short by a crash and goes on behind it', () => {
    const lines = seal(run(3))
    expect(verifyChain(lines.toSpliced(2, 0, '{"time":"2026-0')).foreignLines).toEqual([3])
    expect(verifyChain(lines.toSpliced(2, 0, '{"time":"2026-0')).records).toBe(5)
  })

  test('never throws, whatever the lines are', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        expect(verifyChain(lines).records).toBe(0)
      }),
    )
  })
})

describe('splitSealed', () => {
  test('takes apart what sealLine put together', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const body = JSON.stringify({ seq: 1, text })
        const { line, hash } = sealLine(GENESIS, body)
        expect(splitSealed(line)).toEqual({ body, hash })
      }),
    )
  })

  test.each([
    '',
    '{}',
    '{"seq":1}',
    `{"seq":1,"hash":"${'A'.repeat(64)}"}`,
    `{"seq":1,"hash":"${'a'.repeat(63)}"}`,
    `{"seq":1,"hash":"${'a'.repeat(64)}" }`,
    `,"hash":"${'a'.repeat(64)}"}`,
  ])('%s is not sealed', (line) => {
    expect(splitSealed(line)).toBeUndefined()
  })
})
