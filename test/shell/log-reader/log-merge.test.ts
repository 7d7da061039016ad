import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LineSink, openLogs, readLogs } from '../../../src/shell/log-reader/log-files.ts'
import { readMerged } from '../../../src/shell/log-reader/log-merge.ts'
import { temporaryDirectory } from '../packet-log/support.ts'

const START = Date.UTC(2026, 10, 21, 7)

/** A record at `at` milliseconds; the first of a file says whose it is. */
function line(at: number, worker: number, seq: number, isFirst: boolean): string {
  const time = new Date(START + at).toISOString()
  const mark = isFirst ? `,"worker":${worker}` : ''
  return `{"time":"${time}","seq":${seq},"type":"log.lost","records":${worker}${mark}}`
}

function log(worker: number, times: readonly number[]): string {
  return times.map((at, index) => `${line(at, worker, index + 1, index === 0)}\n`).join('')
}

interface Seen {
  readonly all: LineSink
  readonly lines: { text: string; file: string; number: number; isCutShort: boolean }[]
  readonly problems: string[]
}

function sink(flush: () => boolean = () => true): Seen {
  const lines: Seen['lines'] = []
  const problems: string[] = []
  return {
    lines,
    problems,
    all: {
      line: (text, file, number, isCutShort) => lines.push({ text, file, number, isCutShort }),
      problem: (text) => problems.push(text),
      flush: async () => flush(),
    },
  }
}

function write(folder: string, files: Readonly<Record<string, string | Buffer>>): string[] {
  return Object.entries(files).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

const order = ({ lines }: Seen): string[] =>
  lines.map(({ text }) => {
    const { time, records } = JSON.parse(text) as { time: string; records: number }
    return `${Date.parse(time) - START}/${records}`
  })

test('records of all, by time and then by worker; each in its own order', async () => {
  const times = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.array(times, { minLength: 2, maxLength: 5 }), async (logs) => {
      const folder = temporaryDirectory((remove) => removes.push(remove))
      const sorted = logs.map((each) => each.toSorted((a, b) => a - b))
      const names = write(
        folder,
        Object.fromEntries(sorted.map((each, index) => [`w${index}`, log(index + 1, each)])),
      )
      const seen = sink()
      expect(await readLogs(await openLogs(names.toReversed()), seen.all)).toBe(0)
      const expected = sorted
        .flatMap((each, index) => each.map((at) => ({ at, worker: index + 1 })))
        .toSorted((a, b) => a.at - b.at || a.worker - b.worker)
      expect(order(seen)).toEqual(expected.map(({ at, worker }) => `${at}/${worker}`))
      for (const remove of removes.splice(0)) remove()
    }),
    { numRuns: 40 },
  )
})

const removes: (() => void)[] = []

test('rotated and compressed files of a worker come in their order, whatever they are called', async () => {
  const names = write(temporaryDirectory(), {
    'a.gz': gzipSync(log(2, [30, 40])),
    b: log(1, [15, 35]),
    c: log(2, [10, 20]),
    d: log(1, [5]),
  })
  const chains = await openLogs(names)
  expect(chains.map((chain) => chain.map(({ name }) => name.at(-1)))).toEqual([
    ['d', 'b'],
    ['c', 'z'],
  ])
  const seen = sink()
  expect(await readMerged(chains, seen.all)).toBe(0)
  expect(order(seen)).toEqual(['5/1', '10/2', '15/1', '20/2', '30/2', '35/1', '40/2'])
  expect(seen.lines.at(5)).toMatchObject({ file: names[1], number: 2 })
})

test('a line without a time stays behind the one before it, and a clock that goes back as it is', async () => {
  const names = write(temporaryDirectory(), {
    a: `${log(1, [10])}nonsense\n${line(5, 1, 3, false)}\n${line(50, 1, 4, false).slice(0, 60)}`,
    b: log(2, [7, 12, 60]),
  })
  const seen = sink()
  await readLogs(await openLogs(names), seen.all)
  expect(seen.lines.map(({ file, number }) => `${file.at(-1)}${number}`)).toEqual([
    'b1',
    'a1',
    'a2',
    'a3',
    'b2',
    'a4',
    'b3',
  ])
  expect(seen.lines.find(({ isCutShort }) => isCutShort)).toMatchObject({ number: 4 })
})

test('a damaged file is reported, and the rest is read', async () => {
  const long = Array.from({ length: 2_000 }, (_, index) => index)
  const names = write(temporaryDirectory(), {
    a: log(1, [1, 3_000]),
    b: gzipSync(log(2, long)).subarray(0, -2_000),
    c: log(2, [2_500]),
  })
  const seen = sink()
  expect(await readLogs(await openLogs(names), seen.all)).toBe(1)
  expect(seen.problems).toEqual([expect.stringMatching(/b is cut short/)])
  expect(order(seen).slice(-2)).toEqual(['2500/2', '3000/1'])
})

test('nobody wants more: reading stops', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => index)
  const names = write(temporaryDirectory(), { a: log(1, many), b: log(2, many) })
  const seen = sink(() => false)
  await readLogs(await openLogs(names), seen.all)
  expect(seen.lines.length).toBeLessThan(20_000)
})

test('--in-order takes them as one log', async () => {
  const names = write(temporaryDirectory(), { a: log(1, [10, 20]), b: log(2, [5, 15]) })
  const seen = sink()
  await readLogs(await openLogs(names, true), seen.all)
  expect(order(seen)).toEqual(['10/1', '20/1', '5/2', '15/2'])
})
