import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  compile,
  eventually,
  linesOf,
  namedPipe,
  parseLine,
  type PipeReader,
  start,
  temporaryDirectory,
} from './packet-log/support.ts'

// Only ends a test that has failed; the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

let removeAll = (): void => undefined
let program = ''

beforeAll(() => {
  const directory = temporaryDirectory((remove) => (removeAll = remove))
  const compiled = compile('src/shell/operational-log.ts', directory)
  program = `
    import { createOperationalLog } from ${JSON.stringify(compiled)}
    const log = createOperationalLog('info')
    const wait = (ms) => new Promise((done) => setTimeout(done, ms))\n`
  return () => removeAll()
}, 60_000)

/** Standard error of a process as a pipe that nobody has to read. */
function errorPipe(): { readonly reader: PipeReader; readonly fd: number } {
  const pipe = namedPipe()
  const reader = pipe.openReader()
  const fd = openSync(pipe.path, constants.O_WRONLY)
  onTestFinished(() => closeSync(fd))
  return { reader, fd }
}

test('writes JSON lines at or above the level, at once', async () => {
  const { exit, stderr } = start(
    `${program} log.debug('quiet'); log.info({ port: 21 }, 'listening'); log.fatal('last words')
     process.exit(3)`,
    [],
    ['ignore', 'ignore', 'pipe'],
  )
  expect(await exit).toBe(3)
  await eventually(() => expect(stderr()).toContain('last words'))
  const [first, last, ...rest] = stderr().trimEnd().split('\n')
  expect(parseLine(first)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    port: 21,
    msg: 'listening',
  })
  expect(parseLine(last)).toMatchObject({ level: 'fatal' })
  expect(rest).toEqual([])
})

test('is readable text on a terminal', () => {
  const command = `${JSON.stringify(process.execPath)} --input-type=module -e "$PROGRAM"`
  const output = execFileSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      NO_COLOR: '1',
      PROGRAM: `${program} log.info({ port: 21 }, 'listening')`,
    },
  })
  expect(output).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening \{"port":21\}\r?\n/)
})

test('R20: a closed standard error does not end the process', async () => {
  const { reader, fd } = errorPipe()
  const path = join(temporaryDirectory(), 'proof')
  const { exit, child } = start(
    `${program} import { writeFileSync } from 'node:fs'
     await new Promise((done) => process.stdin.once('data', done))
     for (let n = 0; n < 100; n++) { log.error('nobody hears this'); await wait(1) }
     writeFileSync(process.argv[1], 'alive'); process.exit(0)`,
    [path],
    ['pipe', 'ignore', fd],
  )
  reader.close()
  child.stdin?.write('go')
  expect(await exit).toBe(0)
  expect(linesOf(path)).toEqual(['alive'])
})

test('R19: a standard error that nobody reads is not waited for, and what was dropped is counted', async () => {
  const { reader, fd } = errorPipe()
  const { exit, child } = start(
    `${program} for (let n = 0; n < 2000; n++) log.info('x'.repeat(100))
     process.stdout.write('full')
     await new Promise((done) => process.stdin.once('data', done))
     log.info('after'); process.exit(0)`,
    [],
    ['pipe', 'pipe', fd],
  )
  await new Promise((done) => child.stdout?.once('data', done))
  let text = reader.read()
  child.stdin?.write('go')
  expect(await exit).toBe(0)
  text += reader.read()
  const lines = text.trimEnd().split('\n').map(parseLine)
  expect(lines.at(-1)).toMatchObject({ msg: 'after' })
  const dropped = 2000 - (lines.length - 2)
  expect(dropped).toBeGreaterThan(0)
  expect(lines.at(-2)).toMatchObject({
    level: 'warn',
    msg: `lines that standard error did not take: ${dropped}`,
  })
})
