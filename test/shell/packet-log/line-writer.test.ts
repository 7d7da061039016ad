import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { duration } from '../../../src/net/instant.ts'
import { verifyChain } from '../../../src/record/hash-chain.ts'
import { LineWriter } from '../../../src/shell/packet-log/line-writer.ts'
import { openLogTarget } from '../../../src/shell/packet-log/log-file.ts'
import { eventually, linesOf, namedPipe, temporaryDirectory } from './support.ts'

// Only ends a test that has failed; the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

interface Watched {
  readonly writer: LineWriter
  readonly failures: string[]
}

function writerTo(path: string, closeTimeout: number = 10_000): Watched {
  const failures: string[] = []
  const writer = new LineWriter(openLogTarget(path), {
    retryInterval: duration(100),
    closeTimeout: duration(closeTimeout),
    onFailure: (cause) => failures.push(cause),
    onProgress: () => undefined,
  })
  onTestFinished(async () => void (await writer.close()))
  return { writer, failures }
}

const body = (seq: number): string => JSON.stringify({ seq, type: 'control.command' })

function pushMany(writer: LineWriter, count: number): void {
  for (let seq = 1; seq <= count; seq++) writer.push(body(seq))
}

describe('LineWriter', () => {
  test('writes records in order and closes the file', async () => {
    const path = join(temporaryDirectory(), 'log')
    const { writer } = writerTo(path)
    pushMany(writer, 2000)
    expect(await writer.close()).toBe(0)
    const report = verifyChain(linesOf(path))
    expect(report).toMatchObject({ records: 2000, firstBreak: undefined })
    expect(writer.head).toBe(report.head)
  })

  test('keeps what a full device does not take, and says so once', async () => {
    const { writer, failures } = writerTo('/dev/full')
    pushMany(writer, 10)
    await eventually(() => expect(failures).toEqual(['ENOSPC']))
    writer.retry()
    pushMany(writer, 10)
    expect(await writer.close()).toBe(20)
    expect(failures).toEqual(['ENOSPC'])
  })

  test('takes what a failing target did not take to the next one', async () => {
    const path = join(temporaryDirectory(), 'log')
    const { writer, failures } = writerTo('/dev/full')
    pushMany(writer, 10)
    await eventually(() => expect(failures).toEqual(['ENOSPC']))
    await writer.replaceTarget(openLogTarget(path))
    expect(await writer.close()).toBe(0)
    expect(verifyChain(linesOf(path))).toMatchObject({ records: 10, firstBreak: undefined })
  })

  test('continues the chain of a file that holds records already', async () => {
    const directory = temporaryDirectory()
    const [earlier, now] = [join(directory, 'earlier'), join(directory, 'now')]
    for (const path of [earlier, now]) {
      const { writer } = writerTo(path)
      pushMany(writer, path === now ? 2 : 5)
      if (path === now) await writer.replaceTarget(openLogTarget(earlier))
      pushMany(writer, 3)
      await writer.close()
    }
    const all = [...linesOf(now), ...linesOf(earlier)]
    expect(all).toHaveLength(13)
    expect(verifyChain(linesOf(earlier)).firstBreak).toBeUndefined()
  })

  test('only the last of several new targets counts, and every caller hears of it', async () => {
    const directory = temporaryDirectory()
    const { writer } = writerTo(join(directory, '0'))
    pushMany(writer, 1)
    const changes = ['1', '2', '3'].map((name) =>
      writer.replaceTarget(openLogTarget(join(directory, name))),
    )
    await Promise.all(changes)
    pushMany(writer, 1)
    await writer.close()
    expect(['0', '1', '2', '3'].map((name) => linesOf(join(directory, name)).length)).toEqual([
      1, 0, 0, 1,
    ])
  })

  test('R20: a pipe whose reader goes away gets whole lines to its next reader', async () => {
    const pipe = namedPipe()
    const reader = pipe.openReader()
    const { writer, failures } = writerTo(pipe.path)
    pushMany(writer, 3)
    await eventually(() => expect(writer.bytes).toBe(0))
    let text = reader.read()
    reader.close()
    pushMany(writer, 3)
    await eventually(() => expect(failures).toEqual(['EPIPE']))
    const next = pipe.openReader()
    await eventually(() => expect(writer.bytes).toBe(0))
    text += next.read()
    const report = verifyChain(text.trimEnd().split('\n'))
    expect(report).toMatchObject({ records: 6, firstBreak: undefined, foreignLines: [] })
  })

  test('R20: a reader that stands still is a failure, and nothing is lost when it goes on', async () => {
    const pipe = namedPipe()
    const reader = pipe.openReader()
    const { writer, failures } = writerTo(pipe.path)
    pushMany(writer, 2000)
    await eventually(() => expect(failures).toEqual(['EAGAIN']))
    let text = ''
    await eventually(() => {
      text += reader.read()
      expect(writer.bytes).toBe(0)
    })
    text += reader.read()
    expect(verifyChain(text.trimEnd().split('\n'))).toMatchObject({
      records: 2000,
      firstBreak: undefined,
      foreignLines: [],
    })
  })

  test('close gives up on a reader that stands still, and counts what is left', async () => {
    const pipe = namedPipe()
    pipe.openReader()
    const { writer } = writerTo(pipe.path, 100)
    pushMany(writer, 2000)
    const left = await writer.close()
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(2000)
  })
})
