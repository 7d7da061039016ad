import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { LogReadError } from '../../../src/shell/log-reader/log-read-error.ts'
import { LogSource } from '../../../src/shell/log-reader/log-source.ts'
import { clearSession, LOG_START, seal } from '../../record/audit/sample.ts'
import { temporaryDirectory } from '../packet-log/support.ts'

const text = `${seal([LOG_START, ...clearSession('s1', 'anna')]).join('\n')}\n`

function file(name: string, bytes: string | Buffer): string {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, bytes)
  return path
}

async function readAll(source: LogSource): Promise<string> {
  const blocks: Buffer[] = []
  for await (const block of source.blocks()) blocks.push(block)
  return Buffer.concat(blocks).toString('utf8')
}

describe('LogSource', () => {
  test('a file, and when it begins', async () => {
    const source = await LogSource.open(file('log', text))
    expect(await source.start()).toEqual({ time: '2026-11-21T07:00:00.000Z', seq: 1 })
    expect(source.readBytes).toBe(0)
    expect(await readAll(source)).toBe(text)
    expect(source.readBytes).toBe(source.bytes)
    expect(source.bytes).toBe(Buffer.byteLength(text))
  })

  test('gzip, whatever it is called, also of several members', async () => {
    const half = text.indexOf('\n') + 1
    const bytes = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))])
    const source = await LogSource.open(file('log.txt', bytes))
    expect(await source.start()).toMatchObject({ seq: 1 })
    expect(await readAll(source)).toBe(text)
  })

  test('a pipe, of which nothing is lost by looking at its beginning', async () => {
    const path = join(temporaryDirectory(), 'fifo')
    execFileSync('mkfifo', [path])
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', file('log.gz', gzipSync(text)), path])
    const source = await LogSource.open(path)
    expect(source.bytes).toBeUndefined()
    expect(await source.start()).toMatchObject({ seq: 1 })
    expect(await readAll(source)).toBe(text)
    writer.kill()
  })

  test('lines before the first record do not hide it; a file without any has no start', async () => {
    const cut = await LogSource.open(file('a', `half a line\n${text}`))
    expect(await cut.start()).toMatchObject({ seq: 1 })
    const none = await LogSource.open(file('b', 'nothing\n'))
    expect(await none.start()).toBeUndefined()
    const empty = await LogSource.open(file('c', ''))
    expect(await empty.start()).toBeUndefined()
    expect(await readAll(empty)).toBe('')
  })

  test('a gzip file that is cut short gives what it holds, and then says so', async () => {
    const long = text.repeat(200)
    const bytes = gzipSync(long)
    const source = await LogSource.open(file('log.gz', bytes.subarray(0, bytes.length - 20)))
    let length = 0
    const reading = (async () => {
      for await (const block of source.blocks()) length += block.length
    })()
    await expect(reading).rejects.toThrow(/log\.gz is cut short: its compressed data has no end$/)
    expect(length).toBeGreaterThan(long.length / 2)
  })

  test('other compressions are named, with what to do', async () => {
    const zstd = await LogSource.open(file('log.zst', Buffer.from('28b52ffd00000000', 'hex')))
    await expect(readAll(zstd)).rejects.toThrow(
      /is compressed with zstd; try zstdcat .*log\.zst \|/,
    )
  })

  test('what cannot be read is told in one sentence', async () => {
    const folder = temporaryDirectory()
    mkdirSync(join(folder, 'x'))
    await expect(LogSource.open(join(folder, 'none'))).rejects.toThrow(
      new LogReadError(`there is no file ${join(folder, 'none')}`),
    )
    await expect(LogSource.open(join(folder, 'x'))).rejects.toThrow(
      /x is a folder; name the packet/,
    )
  })
})
