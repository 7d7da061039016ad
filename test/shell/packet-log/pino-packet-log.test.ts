import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import { duration } from '../../../src/net/instant.ts'
import { GENESIS, hashOfLine, verifyChain } from '../../../src/record/hash-chain.ts'
import {
  createPacketLog,
  type PacketLogSettings,
  type ReopenablePacketLog,
} from '../../../src/shell/packet-log/pino-packet-log.ts'
import { eventually, linesOf, namedPipe, parseLine, temporaryDirectory } from './support.ts'

// Only ends a test that has failed; the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

function command(argument: string): PacketLogRecord {
  return {
    type: 'control.command',
    verb: 'USER',
    argument,
    session: sessionId('s1'),
    client: '10.0.0.1:40000',
    server: '10.0.0.2:21',
  }
}

function openLog(path: string, settings: Partial<PacketLogSettings> = {}): ReopenablePacketLog {
  const log = createPacketLog({
    path,
    onFailure: 'deny',
    version: '1.2.3',
    rules: 'rules.yaml',
    retryInterval: duration(100),
    closeTimeout: duration(10_000),
    ...settings,
  })
  onTestFinished(() => log.close())
  return log
}

const newPath = (): string => join(temporaryDirectory(), 'log')

/** Everything a watcher was told, as text. */
function changesOf(log: ReopenablePacketLog): string[] {
  const changes: string[] = []
  log.watch((state, cause) => changes.push(`${state}: ${cause}`))
  return changes
}

describe('lines', () => {
  test('one record is one line with its fields in a fixed order', async () => {
    const path = newPath()
    const log = openLog(path, { now: () => Date.UTC(2026, 10, 21, 9, 8, 7, 6) })
    log.write(command('demo'))
    await log.close()
    expect(linesOf(path)).toMatchInlineSnapshot(`
      [
        "{"time":"2026-11-21T09:08:07.006Z","seq":1,"type":"log.start","version":"1.2.3","rules":"rules.yaml","previous":"0000000000000000000000000000000000000000000000000000000000000000","hash":"897897f6d47c40db42f540325a0a5677048911962c711dc8ec33f2e0e91fc095"}",
        "{"time":"2026-11-21T09:08:07.006Z","seq":2,"type":"control.command","session":"s1","client":"10.0.0.1:40000","server":"10.0.0.2:21","verb":"USER","argument":"demo","hash":"d781bbfca5a8f1205526103d024670e57d097f21c4b8dd34f24144fd52c5511e"}",
        "{"time":"2026-11-21T09:08:07.006Z","seq":3,"type":"log.stop","hash":"3b595234ce931778c4c90627562f460159e75c2256cf7aaccda437a7cc70bcb5"}",
      ]
    `)
    const report = verifyChain(linesOf(path))
    expect(report).toMatchObject({ records: 3, firstBreak: undefined, isStopped: true })
    expect(log.head).toBe(report.head)
  })

  test('L5, L6: even text that nobody escaped stays on one line, harmless and complete', async () => {
    const path = newPath()
    const log = openLog(path)
    const argument = 'a\r\n\u000b\u0085\u2028\u2029\u007f\u009b2J\u001b[2J\u202e\u200b\ufeff'
    log.write(command(argument))
    await log.close()
    const [, line = '', ...rest] = linesOf(path)
    expect(rest).toHaveLength(1)
    expect(line).toMatch(/^[\u0020-\u007e]+$/)
    expect(parseLine(line)['argument']).toBe(argument)
  })

  test('L7, L9: text of a peer is neither a field nor a format', async () => {
    const path = newPath()
    const log = openLog(path)
    const texts = ['","verdict":"permit","x":"', '__proto__', '%s%n%o', '\\x41', '\\\\']
    for (const text of texts) log.write(command(text))
    await log.close()
    const records = linesOf(path).slice(1, -1).map(parseLine)
    expect(records.map((record) => record['argument'])).toEqual(texts)
    for (const record of records) expect(record).not.toHaveProperty('verdict')
  })

  test('the first record of every file says whose it is, log.start also behind others', async () => {
    const path = newPath()
    const open = () =>
      createPacketLog({ path, onFailure: 'deny', version: '1.2.3', rules: 'r', worker: 2 })
    const log = open()
    log.write(command('demo'))
    await eventually(() => expect(linesOf(path)).toHaveLength(2))
    renameSync(path, `${path}.1`)
    await log.reopen()
    log.write(command('demo'))
    await log.close()
    const again = open()
    await again.close()
    expect(
      [...linesOf(`${path}.1`), ...linesOf(path)].map((line) => line.match(/"worker":2/g)?.length),
    ).toEqual([
      1, // log.start, at the beginning of a file
      undefined,
      1, // the first of the next file
      undefined,
      1, // log.start of the next run
      undefined,
    ])
    expect(verifyChain([...linesOf(`${path}.1`), ...linesOf(path)]).firstBreak).toBeUndefined()
  })

  test('L14: records are numbered in each run, and a restart shows', async () => {
    const path = newPath()
    for (const _run of [1, 2]) {
      const log = openLog(path)
      log.write(command('demo'))
      await log.close()
    }
    const records = linesOf(path).map(parseLine)
    expect(records.map((record) => record['seq'])).toEqual([1, 2, 3, 1, 2, 3])
    expect(records.map((record) => record['type'])).toEqual(
      [1, 2].flatMap(() => ['log.start', 'control.command', 'log.stop']),
    )
    expect(verifyChain(linesOf(path))).toMatchObject({
      records: 6,
      start: GENESIS,
      firstBreak: undefined,
      startsWithoutStop: [],
    })
  })
})

describe('failure', () => {
  test('R20: a full device is reported once, and close counts what was lost', async () => {
    const log = openLog('/dev/full')
    const changes = changesOf(log)
    for (let index = 0; index < 100; index++) log.write(command('demo'))
    await eventually(() => expect(changes).toEqual(['failed: ENOSPC']))
    expect(log.lostRecords).toBe(0)
    await log.close()
    expect(log.lostRecords).toBe(102)
    expect(changes).toHaveLength(1)
  })

  test('R20: a watcher may write records about the failure', async () => {
    const pipe = namedPipe()
    const reader = pipe.openReader()
    const log = openLog(pipe.path)
    const changes = changesOf(log)
    log.watch((state) => log.write(command(state)))
    await eventually(() => expect(log.head).not.toBe(GENESIS))
    let text = reader.read()
    reader.close()
    log.write(command('demo'))
    await eventually(() => expect(changes).toEqual(['failed: EPIPE']))
    const next = pipe.openReader()
    await eventually(() => {
      text += next.read()
      expect(text).toContain('recovered')
    })
    await log.close()
    text += next.read()
    const lines = text.trimEnd().split('\n')
    expect(verifyChain(lines)).toMatchObject({ firstBreak: undefined, isStopped: true })
    expect(lines.slice(1, -1).map((line) => parseLine(line)['argument'])).toEqual([
      'demo',
      'failed',
      'recovered',
    ])
  })

  test.each(['deny', 'continue'] as const)(
    'R20: %s keeps what fits and leaves a record of the rest',
    async (onFailure) => {
      const pipe = namedPipe()
      const reader = pipe.openReader()
      const log = openLog(pipe.path, { onFailure, bufferBytesMax: 100_000 })
      const changes = changesOf(log)
      for (let index = 0; index < 2000; index++) log.write(command('demo'))
      expect(changes).toEqual(['failed: the buffer is full'])
      const lost = log.lostRecords
      expect(lost).toBeGreaterThan(0)
      let text = ''
      await eventually(() => {
        text += reader.read()
        expect(changes).toHaveLength(2)
      })
      expect(changes[1]).toBe(`recovered: records lost so far: ${lost}`)
      log.write(command('after'))
      await eventually(() => {
        text += reader.read()
        expect(text).toContain('after')
      })
      const lines = text.trimEnd().split('\n')
      expect(verifyChain(lines).firstBreak).toBeUndefined()
      const records = lines.map(parseLine)
      const [before, told, after] = records.slice(-3)
      expect(told).toMatchObject({ type: 'log.lost', records: lost })
      expect(Number(told?.['seq'])).toBe(Number(before?.['seq']) + lost + 1)
      expect(Number(after?.['seq'])).toBe(Number(told?.['seq']) + 1)
      expect(records.length + lost).toBe(2001 + 2)
    },
  )

  test('what is written after close is counted, not written', async () => {
    const path = newPath()
    const log = openLog(path)
    await log.close()
    log.write(command('late'))
    await log.close()
    expect(log.lostRecords).toBe(1)
    expect(linesOf(path)).toHaveLength(2)
  })
})

describe('rotation', () => {
  test('R21: renaming and reopening under load loses and cuts no line', async () => {
    const path = newPath()
    const log = openLog(path)
    const files: string[] = []
    for (let turn = 0; turn < 20; turn++) {
      for (let index = 0; index < 200; index++) log.write(command(`${turn}/${index}`))
      if (turn % 3 === 0) await setImmediate()
      if (turn % 4 !== 0 || !existsSync(path)) continue
      renameSync(path, `${path}.${files.length}`)
      files.push(`${path}.${files.length}`)
      await log.reopen()
    }
    await log.close()
    files.push(path)
    const all = files.flatMap(linesOf)
    expect(verifyChain(all)).toMatchObject({
      records: 4002,
      firstBreak: undefined,
      foreignLines: [],
      isStopped: true,
    })
    expect(all.map((line) => parseLine(line)['seq'])).toEqual(all.map((_, index) => index + 1))
    for (const [index, file] of files.entries()) {
      const report = verifyChain(linesOf(file))
      expect(report.firstBreak).toBeUndefined()
      const earlier = index === 0 ? '' : (linesOf(files[index - 1] ?? '').at(-1) ?? '')
      expect(report.start).toBe(index === 0 ? GENESIS : hashOfLine(earlier))
    }
  })

  test('R21: reopening a file that is still there goes on in it', async () => {
    const path = newPath()
    const log = openLog(path)
    await log.reopen()
    log.write(command('demo'))
    await log.close()
    expect(verifyChain(linesOf(path))).toMatchObject({ records: 3, firstBreak: undefined })
  })

  test('L13: a symbolic link in the place of the file is refused, and the old file stays in use', async () => {
    const path = newPath()
    const log = openLog(path)
    renameSync(path, `${path}.1`)
    symlinkSync('/dev/null', path)
    await expect(log.reopen()).rejects.toMatchObject({ code: 'packet-log.symlink' })
    log.write(command('demo'))
    await log.close()
    expect(linesOf(`${path}.1`)).toHaveLength(3)
  })

  test('R21: a file that was deleted is created again', async () => {
    const path = newPath()
    const log = openLog(path)
    rmSync(path)
    await log.reopen()
    log.write(command('demo'))
    await log.close()
    expect(linesOf(path).length).toBeGreaterThan(0)
    expect(verifyChain(linesOf(path)).firstBreak).toBeUndefined()
  })
})
