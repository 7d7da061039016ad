import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GENESIS, hashOfLine, sealFirstLine, sealLine } from '../../../src/record/hash-chain.ts'
import {
  causeOf,
  identityAt,
  type LogTarget,
  openLogTarget,
} from '../../../src/shell/packet-log/log-file.ts'
import { PacketLogError } from '../../../src/shell/packet-log/packet-log-error.ts'
import { temporaryDirectory } from './support.ts'

function open(path: string): LogTarget {
  const target = openLogTarget(path)
  onTestFinished(() => closeSync(target.fd))
  return target
}

function refusal(path: string): PacketLogError {
  try {
    open(path)
  } catch (error) {
    if (error instanceof PacketLogError) return error
  }
  throw new Error('it was opened')
}

const first = sealFirstLine(GENESIS, '{"seq":1}')
const second = sealLine(first.hash, '{"seq":2}')

describe('openLogTarget', () => {
  test('L13: a new log is readable for the group alone, and only appended to', () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    const path = join(temporaryDirectory(), 'log')
    const target = open(path)
    expect(fstatSync(target.fd).mode & 0o777).toBe(0o640)
    const flags = readFileSync(`/proc/self/fdinfo/${target.fd}`, 'utf8').match(/flags:\s+(\d+)/)
    expect(Number.parseInt(flags?.[1] ?? '', 8) & constants.O_APPEND).toBe(constants.O_APPEND)
    expect(target).toMatchObject({ head: GENESIS, isEmpty: true, isRegular: true })
    expect(target.identity).toBe(identityAt(path))
  })

  test('L13: a symbolic link is refused, also one that leads nowhere', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'target'), '')
    for (const name of ['target', 'nothing']) {
      symlinkSync(join(directory, name), join(directory, `to-${name}`))
      const error = refusal(join(directory, `to-${name}`))
      expect(error.code).toBe('packet-log.symlink')
      expect(error.message).toMatch(/^packet log \S+ is a symbolic link[^\n]*$/)
    }
    expect(identityAt(join(directory, 'nothing'))).toBeUndefined()
  })

  test('what cannot be a log is refused in one helpful line', () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'sub'))
    writeFileSync(join(directory, 'notes.txt'), 'shopping\n')
    execFileSync('mkfifo', [join(directory, 'fifo')])
    expect(refusal(join(directory, 'sub')).code).toBe('packet-log.directory')
    expect(refusal(join(directory, 'missing', 'log')).code).toBe('packet-log.missing-directory')
    expect(refusal(join(directory, 'notes.txt', 'log')).code).toBe('packet-log.missing-directory')
    expect(refusal(join(directory, 'notes.txt')).code).toBe('packet-log.foreign')
    expect(refusal(join(directory, 'fifo')).code).toBe('packet-log.unread-pipe')
    expect(refusal(join(directory, 'sub')).message.split('\n')).toHaveLength(1)
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('shopping\n')
  })

  test('an existing log is continued from its last record', () => {
    const path = join(temporaryDirectory(), 'log')
    writeFileSync(path, `${first.line}\n${second.line}\n`)
    expect(open(path)).toMatchObject({ head: second.hash, isEmpty: false })
  })

  test('a line cut short by a crash is left as it is, on a line of its own', () => {
    const path = join(temporaryDirectory(), 'log')
    writeFileSync(path, `${first.line}\n${second.line}\n`)
    truncateSync(path, first.line.length + 10)
    expect(open(path)).toMatchObject({ head: first.hash, isEmpty: false })
    const [whole = '', cut = '', end] = readFileSync(path, 'utf8').split('\n')
    expect(hashOfLine(whole)).toBe(first.hash)
    expect([cut, end]).toEqual([second.line.slice(0, 9), ''])
  })

  test('a log whose very first record was cut short starts anew', () => {
    const path = join(temporaryDirectory(), 'log')
    writeFileSync(path, '{"time":"2026-11-2')
    expect(open(path)).toMatchObject({ head: GENESIS, isEmpty: true })
    expect(readFileSync(path, 'utf8')).toBe('{"time":"2026-11-2\n')
  })

  test('a device and a pipe with a reader can be logs', () => {
    expect(open('/dev/null')).toMatchObject({ isRegular: false, isEmpty: true })
    const fifo = join(temporaryDirectory(), 'fifo')
    execFileSync('mkfifo', [fifo])
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    onTestFinished(() => closeSync(reader))
    expect(open(fifo)).toMatchObject({ isRegular: false, isEmpty: true })
  })
})

test('causeOf is the word of the operating system', () => {
  expect(causeOf(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe('ENOSPC')
  expect(causeOf('odd')).toBe('odd')
})
