import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type LineSink, openLogs, readLogs } from '../../../src/shell/log-reader/log-files.ts'
import { hashOfLine } from '../../../src/record/hash-chain.ts'
import { clearSession, LOG_START, LOG_STOP, seal } from '../../record/audit/sample.ts'
import { temporaryDirectory } from '../packet-log/support.ts'

const first = seal([LOG_START, ...clearSession('s1', 'anna')])
const second = seal([LOG_STOP], {
  previous: hashOfLine(first.at(-1) ?? '') ?? '',
  seq: first.length + 1,
  start: Date.UTC(2026, 10, 21, 8),
})
const third = seal([LOG_START], { start: Date.UTC(2026, 10, 21, 9) })

function files(contents: Readonly<Record<string, string | Buffer>>): (name: string) => string {
  const folder = temporaryDirectory()
  for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes)
  return (name) => join(folder, name)
}

function sink(more: Partial<LineSink> = {}) {
  const seen = { lines: [] as string[], problems: [] as string[] }
  const all: LineSink = {
    line: (text, file, number, isCutShort) =>
      seen.lines.push(
        `${file.slice(file.lastIndexOf('/') + 1)}:${number}${isCutShort ? ' cut' : ''} ${text.length}`,
      ),
    problem: (text) => seen.problems.push(text.slice(text.lastIndexOf('/') + 1)),
    flush: async () => true,
    ...more,
  }
  return { seen, all }
}

describe('openLogs', () => {
  test('rotated files in the order of their records, whatever their names', async () => {
    const at = files({
      log: third.join('\n'),
      'log.1': second.join('\n'),
      'log.2.gz': gzipSync(first.join('\n')),
      empty: '',
    })
    const given = ['empty', 'log', 'log.1', 'log.2.gz'].map(at)
    const names = (await openLogs(given)).flat().map(({ name }) => name)
    expect(names).toEqual(['log.2.gz', 'log.1', 'log', 'empty'].map(at))
    expect((await openLogs(given, true)).flat().map(({ name }) => name)).toEqual(given)
  })

  test('within one millisecond the number decides', async () => {
    const at = files({
      a: seal([LOG_STOP], { seq: 7 }).join(),
      b: seal([LOG_STOP], { seq: 3 }).join(),
    })
    const names = (await openLogs([at('a'), at('b')])).flat().map(({ name }) => name)
    expect(names).toEqual([at('b'), at('a')])
  })

  test('one that is not there is an error', async () => {
    await expect(openLogs([files({})('none')])).rejects.toThrow(/^there is no file .*none$/)
  })
})

describe('readLogs', () => {
  test('every line with its place', async () => {
    const at = files({ a: 'one\n\nthree\nfo', b: 'one\n' })
    const { seen, all } = sink()
    expect(await readLogs(await openLogs([at('a'), at('b')], true), all)).toBe(0)
    expect(seen.lines).toEqual(['a:1 3', 'a:2 0', 'a:3 5', 'a:4 cut 2', 'b:1 3'])
  })

  test('a damaged file is reported, and the next is read', async () => {
    const damaged = gzipSync(first.join('\n')).subarray(0, 100)
    const at = files({ 'a.gz': damaged, b: 'one\n' })
    const { seen, all } = sink()
    expect(await readLogs(await openLogs([at('a.gz'), at('b')], true), all)).toBe(1)
    expect(seen.problems).toEqual(['a.gz is cut short: its compressed data has no end'])
    expect(seen.lines).toContain('b:1 3')
  })

  test('a line without end is a problem with a place', async () => {
    const at = files({ a: Buffer.concat([Buffer.alloc(3_000_000, 'x'), Buffer.from('\nok\n')]) })
    const { seen, all } = sink()
    await readLogs(await openLogs([at('a')]), all)
    expect(seen.problems).toEqual(['a:1: a line longer than any record can be'])
    expect(seen.lines).toEqual(['a:2 2'])
  })

  test('stops when nobody wants more', async () => {
    const at = files({ a: `${first.join('\n')}\n`.repeat(300), b: 'one\n' })
    let blocks = 0
    const { seen, all } = sink({
      flush: async () => {
        blocks += 1
        return false
      },
    })
    await readLogs(await openLogs([at('a'), at('b')], true), all)
    expect(blocks).toBe(1)
    expect(seen.lines.some((line) => line.startsWith('b'))).toBe(false)
  })
})

test('a file with two names is read once', async () => {
  const at = files({ a: 'x', b: 'x' })
  linkSync(at('a'), at('again'))
  for (const inOrder of [true, false]) {
    const sources = await openLogs([at('a'), at('b'), at('a'), at('again')], inOrder)
    expect(sources.flat().map(({ name }) => name)).toEqual([at('a'), at('b')])
  }
})
