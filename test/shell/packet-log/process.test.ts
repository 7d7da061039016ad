/** The packet log in processes of their own: what must not end them, and what must not keep them. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { verifyChain } from '../../../src/record/hash-chain.ts'
import {
  type Child,
  compile,
  eventually,
  linesOf,
  namedPipe,
  parseLine,
  start,
  type Stdio,
  temporaryDirectory,
} from './support.ts'

// Only ends a test that has failed; the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

let removeAll = (): void => undefined
let compiled = ''

beforeAll(() => {
  const directory = temporaryDirectory((remove) => (removeAll = remove))
  compiled = compile('src/shell/packet-log/pino-packet-log.ts', directory)
  return () => removeAll()
}, 60_000)

/**
 * A process with a packet log at `path`, which tells on standard error what happens to it and then
 * runs `body`. Record number n is written by `write(n)`.
 */
function startLogger(
  path: string,
  body: string,
  stdio: readonly Stdio[] = ioWithErrors,
  closeTimeout: number = 60_000,
): Child {
  const program = `
    import { createPacketLog } from ${JSON.stringify(compiled)}
    const log = createPacketLog({
      path: process.argv[1], onFailure: 'deny', version: '1', rules: 'r',
      retryInterval: 100, closeTimeout: Number(process.argv[2]),
    })
    const say = (text) => process.stderr.write(text + '\\n')
    log.watch((state, cause) => say(state + ' ' + cause))
    const write = (n) => log.write({
      type: 'control.command', verb: 'NOOP', argument: 'x'.repeat(200) + n,
      session: 's1', client: '10.0.0.1:4000', server: '10.0.0.2:21',
    })
    const wait = (ms) => new Promise((done) => setTimeout(done, ms))
    ${body}`
  return start(program, [path, String(closeTimeout)], stdio)
}

const ioWithErrors: readonly Stdio[] = ['ignore', 'ignore', 'pipe']

test('SIGTERM: everything written before close is in the file', async () => {
  const path = join(temporaryDirectory(), 'log')
  const { child, exit } = startLogger(
    path,
    `process.on('SIGTERM', () => {
       for (let n = 1000; n < 6000; n++) write(n)
       log.close().then(() => process.exit(0))
     })
     for (let n = 0; n < 1000; n++) write(n)
     await wait(600_000)`,
  )
  await eventually(() => expect(linesOf(path).length).toBeGreaterThan(0))
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
  expect(verifyChain(linesOf(path))).toMatchObject({
    records: 6002,
    firstBreak: undefined,
    isStopped: true,
  })
})

test('a run that was killed shows, and the next one continues behind it', async () => {
  const path = join(temporaryDirectory(), 'log')
  const killed = startLogger(path, 'for (let n = 0; ; n++) { write(n); await wait(0) }')
  await eventually(() => expect(linesOf(path).length).toBeGreaterThan(10))
  killed.child.kill('SIGKILL')
  await killed.exit
  const before = linesOf(path).length
  expect(await startLogger(path, 'await log.close()').exit).toBe(0)
  expect(verifyChain(linesOf(path))).toMatchObject({
    firstBreak: undefined,
    startsWithoutStop: [before + 1],
    isStopped: true,
  })
})

test('R20: no timer keeps the process after close, not even of a log that fails', async () => {
  const { exit, stderr } = startLogger(
    '/dev/full',
    `write(1); await wait(250); await log.close(); say('lost ' + log.lostRecords)`,
  )
  expect(await exit).toBe(0)
  expect(stderr()).toBe('failed ENOSPC\nlost 3\n')
})

test('R20: standard output that was closed does not end the process', async () => {
  const { child, exit, stderr } = startLogger(
    '-',
    `write(1); await wait(200); write(2); await wait(200)
     say('alive'); await log.close(); say('lost ' + log.lostRecords)`,
    ['ignore', 'pipe', 'pipe'],
  )
  child.stdout?.destroy()
  expect(await exit).toBe(0)
  expect(stderr()).toBe('failed EPIPE\nalive\nlost 4\n')
})

test('R20: standard output that nobody reads does not keep the process from exiting', async () => {
  const pipe = namedPipe()
  pipe.openReader()
  const stdout = openSync(pipe.path, constants.O_WRONLY)
  onTestFinished(() => closeSync(stdout))
  const { exit, stderr } = startLogger(
    '-',
    `for (let n = 0; n < 2000; n++) write(n)
     await log.close(); say(String(log.lostRecords > 0)); process.exit(0)`,
    ['ignore', stdout, 'pipe'],
    300,
  )
  expect(await exit).toBe(0)
  expect(stderr()).toBe('failed EAGAIN\ntrue\n')
})

test('standard output in a file is continued like a file', async () => {
  const path = join(temporaryDirectory(), 'log')
  for (const _run of [1, 2]) {
    const stdout = openSync(path, 'a')
    const { exit } = startLogger('-', 'write(1); await log.close()', ['ignore', stdout, 'pipe'])
    closeSync(stdout)
    expect(await exit).toBe(0)
  }
  expect(verifyChain(linesOf(path))).toMatchObject({ records: 6, firstBreak: undefined })
})

/** A file-size limit stands for a disk that is full and then is not, and needs no privilege. */
const limitFileSize = (child: Child, limit: string): void => {
  execFileSync('prlimit', ['--pid', String(child.child.pid), `--fsize=${limit}:unlimited`])
}

const waitForLimit = `const alive = setInterval(() => undefined, 1000)
  process.on('SIGUSR2', () => log.reopen())
  const go = new Promise((done) => process.on('SIGHUP', done)); say('ready'); await go`

test('R20: a disk that is full in the middle of a line gets the rest when it has room', async () => {
  const path = join(temporaryDirectory(), 'log')
  const logger = startLogger(
    path,
    `${waitForLimit}
     for (let n = 0; n < 100; n++) write(n)
     await new Promise((done) => log.watch((state) => state === 'recovered' && done()))
     clearInterval(alive); await log.close(); say('lost ' + log.lostRecords)`,
  )
  await eventually(() => expect(logger.stderr()).toContain('ready'))
  limitFileSize(logger, '10000')
  logger.child.kill('SIGHUP')
  await eventually(() => expect(logger.stderr()).toContain('failed EFBIG'))
  expect(readFileSync(path)).toHaveLength(10_000)
  limitFileSize(logger, 'unlimited')
  expect(await logger.exit).toBe(0)
  expect(logger.stderr()).toContain('lost 0')
  expect(verifyChain(linesOf(path))).toMatchObject({
    records: 102,
    firstBreak: undefined,
    foreignLines: [],
    isStopped: true,
  })
})

test('R21: rotating away from a full disk leaves no half line in either file', async () => {
  const path = join(temporaryDirectory(), 'log')
  const logger = startLogger(
    path,
    `${waitForLimit}
     for (let n = 0; n < 40; n++) write(n)
     await new Promise((done) => log.watch((state) => state === 'recovered' && done()))
     clearInterval(alive); await log.close(); say('lost ' + log.lostRecords)`,
  )
  await eventually(() => expect(logger.stderr()).toContain('ready'))
  limitFileSize(logger, '10000')
  logger.child.kill('SIGHUP')
  await eventually(() => expect(logger.stderr()).toContain('failed EFBIG'))
  renameSync(path, `${path}.1`)
  logger.child.kill('SIGUSR2')
  expect(await logger.exit).toBe(0)
  expect(logger.stderr()).toContain('lost 0')
  for (const file of [`${path}.1`, path]) {
    expect(readFileSync(file, 'utf8').endsWith('}\n')).toBe(true)
    expect(verifyChain(linesOf(file))).toMatchObject({ firstBreak: undefined, foreignLines: [] })
  }
  const all = [...linesOf(`${path}.1`), ...linesOf(path)]
  expect(verifyChain(all)).toMatchObject({ records: 42, firstBreak: undefined })
  expect(all.map((line) => parseLine(line)['seq'])).toEqual(all.map((_, index) => index + 1))
})
