import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hashOfLine } from '../../../src/record/hash-chain.ts'
import { followLog, followLogs } from '../../../src/shell/log-reader/log-follower.ts'
import { clearSession, LOG_START, LOG_STOP, seal } from '../../record/audit/sample.ts'
import { eventually, temporaryDirectory } from '../packet-log/support.ts'

const lines = seal([LOG_START, ...clearSession('s1', 'anna')])
const head = hashOfLine(lines.at(-1) ?? '') ?? ''
const next = seal([LOG_START, LOG_STOP], { previous: head, seq: 1 })
const textOf = (of: readonly string[]): string => of.map((line) => `${line}\n`).join('')
const utf8 = (line: string): string => Buffer.from(line, 'latin1').toString('utf8')

function follow(path: string, shownLines: number) {
  const seen = { lines: [] as string[], notes: [] as string[] }
  const stop = new AbortController()
  const over = followLog(path, {
    lines: shownLines,
    signal: stop.signal,
    onLine: (text) => seen.lines.push(utf8(text)),
    onNote: (text) => seen.notes.push(text),
    flush: async () => true,
    interval: 5,
  })
  onTestFinished(async () => {
    stop.abort()
    await over
  })
  return { seen, stop, over }
}

function log(content: string): string {
  const path = join(temporaryDirectory(), 'log.jsonl')
  writeFileSync(path, content)
  return path
}

describe('followLog', { timeout: 30_000 }, () => {
  test('the last lines, then what is appended, in whatever pieces', async () => {
    const path = log(textOf(lines.slice(0, 10)))
    const { seen } = follow(path, 3)
    await eventually(() => expect(seen.lines).toEqual(lines.slice(7, 10)))
    appendFileSync(path, lines[10] ?? '')
    appendFileSync(path, `\n${lines[11]?.slice(0, 30)}`)
    await eventually(() => expect(seen.lines).toEqual(lines.slice(7, 11)))
    appendFileSync(path, `${lines[11]?.slice(30)}\n`)
    await eventually(() => expect(seen.lines).toEqual(lines.slice(7, 12)))
  })

  test.each([
    [1, 1],
    [500, 24],
  ])('asked for %s lines, shows %s of 24', async (asked, shown) => {
    const { seen } = follow(log(textOf(lines)), asked)
    await eventually(() => expect(seen.lines).toEqual(lines.slice(lines.length - shown)))
  })

  test('asked for none, shows what comes', async () => {
    const path = log(textOf(lines))
    const { seen } = follow(path, 0)
    await eventually(() => {
      appendFileSync(path, 'new\n')
      expect(seen.lines.length).toBeGreaterThan(0)
    })
    expect(new Set(seen.lines)).toEqual(new Set(['new']))
  })

  test('over a rotation, with what was written to the old file last', async () => {
    const path = log(textOf(lines.slice(0, 5)))
    const { seen } = follow(path, 5)
    await eventually(() => expect(seen.lines).toHaveLength(5))
    renameSync(path, `${path}.1`)
    appendFileSync(`${path}.1`, textOf(lines.slice(5)))
    writeFileSync(path, '')
    appendFileSync(path, textOf(next))
    await eventually(() => expect(seen.lines).toEqual([...lines, ...next]))
    expect(seen.notes).toEqual([])
  })

  test('a file that continues another one is noticed', async () => {
    const path = log(textOf(lines.slice(0, 5)))
    const { seen } = follow(path, 5)
    await eventually(() => expect(seen.lines).toHaveLength(5))
    renameSync(path, `${path}.1`)
    writeFileSync(path, textOf(next))
    await eventually(() => expect(seen.lines).toHaveLength(7))
    expect(seen.notes).toEqual(['the file does not continue the one before: records were missed'])
  })

  test('a file that was cut is read from its beginning', async () => {
    const path = log(textOf(lines))
    const { seen } = follow(path, 1)
    await eventually(() => expect(seen.lines).toHaveLength(1))
    truncateSync(path, 0)
    await eventually(() =>
      expect(seen.notes).toEqual(['the file was cut; reading it from its beginning']),
    )
    appendFileSync(path, textOf(next))
    await eventually(() => expect(seen.lines.slice(1)).toEqual(next))
  })

  test('ends when told, and when nobody reads', async () => {
    const { stop, over } = follow(log(textOf(lines)), 3)
    stop.abort()
    await expect(over).resolves.toBeUndefined()
    const deaf = followLog(log(textOf(lines)), {
      lines: 3,
      signal: new AbortController().signal,
      onLine: () => undefined,
      onNote: () => undefined,
      flush: async () => false,
    })
    await expect(deaf).resolves.toBeUndefined()
  })

  test('nothing to follow', async () => {
    const path = join(temporaryDirectory(), 'none')
    const { signal } = new AbortController()
    const options = {
      lines: 0,
      signal,
      onLine: () => undefined,
      onNote: () => undefined,
      flush: async () => true,
    }
    await expect(followLog(path, options)).rejects.toThrow(
      `cannot follow ${path}: there is no such file`,
    )
    await expect(followLog('/dev/null', options)).rejects.toThrow('it is no file')
  })
})

describe('followLogs', { timeout: 30_000 }, () => {
  /** A line of each second that is given. */
  const at = (seconds: readonly number[], records: number): string[] =>
    seconds.flatMap((second) =>
      seal([{ type: 'log.lost', records }], { start: Date.UTC(2026, 10, 21, 7, 0, second) }),
    )

  function followBoth(paths: readonly string[], shownLines: number) {
    const seen: string[] = []
    const stop = new AbortController()
    const over = followLogs(paths, {
      lines: shownLines,
      signal: stop.signal,
      onLine: (text) => seen.push(/T07:00:(\d\d)/.exec(text)?.[1] ?? text),
      onNote: (text) => seen.push(text),
      flush: async () => true,
      interval: 5,
    })
    onTestFinished(async () => {
      stop.abort()
      await over
    })
    return seen
  }

  test('the last lines of all together, then what is written in any, in order', async () => {
    const paths = [log(textOf(at([1, 3, 5], 1))), log(textOf(at([2, 4, 6], 2)))]
    const seen = followBoth(paths, 4)
    await eventually(() => expect(seen).toEqual(['03', '04', '05', '06']))
    appendFileSync(paths[1] ?? '', textOf(at([8], 2)))
    await eventually(() => expect(seen).toEqual(['03', '04', '05', '06', '08']))
    appendFileSync(paths[0] ?? '', textOf(at([9, 9], 1)))
    await eventually(() => expect(seen.slice(5)).toEqual(['09', '09']))
  })

  test('asked for none, shows what comes', async () => {
    const paths = [log(textOf(at([1], 1))), log(textOf(at([2], 2)))]
    const seen = followBoth(paths, 0)
    // Long enough for many looks.
    await new Promise((resolve) => setTimeout(resolve, 50))
    appendFileSync(paths[0] ?? '', textOf(at([7], 1)))
    await eventually(() => expect(seen).toEqual(['07']))
  })

  test('one that is not there is said at once', async () => {
    const options = { lines: 1, signal: new AbortController().signal, onLine: () => undefined }
    const more = { onNote: () => undefined, flush: async () => true }
    const paths = [log(''), join(temporaryDirectory(), 'none')]
    await expect(followLogs(paths, { ...options, ...more })).rejects.toThrow(/cannot follow/)
  })
})
