import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explainFailure, perform } from '../../src/cli/command-line.ts'
import { EnvironmentError } from '../../src/cli/environment-error.ts'
import { AdminError } from '../../src/shell/admin/admin-error.ts'
import { PacketLogError } from '../../src/shell/packet-log/packet-log-error.ts'
import { ReservedPortsError } from '../../src/shell/reserved-ports.ts'
import { clearSession, LOG_START, LOG_STOP, seal } from '../record/audit/sample.ts'

/** Each run of the program takes a fraction of a second; a machine may be busy. */
const BUSY_MACHINE_MS = 30_000

test.each([
  [[], 'Which command?', ''],
  [['rnu'], 'Unknown argument: rnu', ''],
  [['check'], 'name the rule files', 'check '],
  [
    ['check', 'a.yaml', '--clients', '4'],
    '--clients is for --transfers-per-second, which is missing',
    'check ',
  ],
  [['ports', '--socket'], 'Not enough arguments following: socket', 'ports '],
  [['run'], 'name rule files, or give --listen and --server', 'run '],
  [['run', '--listen', '127.0.0.1:2121'], '--server is missing: a front door needs both', 'run '],
  [['run', '--bogus'], 'Unknown argument: bogus', 'run '],
  [['run', '--server', 'x', '--listen'], 'Not enough arguments following: listen', 'run '],
  [['run', '--listen', 'a', '--listen', 'b'], '--listen is given more than once: a, b', 'run '],
  [
    ['run', '--listen', '21', '--server', 'x'],
    '--listen "21": expected 0.0.0.0:21 or [::]:21',
    'run ',
  ],
  [
    ['run', 'a.yaml', '--public-address', '192.0.2.1'],
    '--public-address is for a front door without a rule file',
    'run ',
  ],
  [
    ['demo', '--server', '127.1'],
    '--server "127.1": expected 10.0.0.5:21 or ftp.example.org:21',
    'demo ',
  ],
  [
    ['demo', '--once', '--server', 'localhost'],
    '--once ends after the scripted session, and --server plays none',
    'demo ',
  ],
])('%j makes no sense', async (argv, problem, command) => {
  expect(await failureOf(argv)).toEqual({
    exitCode: 2,
    text: `portcullis: ${problem}\nSee portcullis ${command}--help.\n`,
  })
})

test('a level that is none', async () => {
  const failure = await failureOf(['run', '--log-level', 'loud'])
  expect(failure?.exitCode).toBe(2)
  expect(failure?.text).toContain('Argument: log-level, Given: "loud", Choices: "trace", "debug"')
})

test('what is in the way is told in one line', () => {
  const missing = new EnvironmentError('cannot find the server x: no such name.')
  const folder = new PacketLogError('packet-log.directory', 'packet log /tmp is a directory')
  expect(explainFailure(missing, ['run'])).toEqual({
    exitCode: 1,
    text: 'portcullis: cannot find the server x: no such name.\n',
  })
  expect(explainFailure(folder, ['run'])).toEqual({
    exitCode: 1,
    text: 'portcullis: packet log /tmp is a directory\n',
  })
  for (const error of [
    new AdminError('no process answers'),
    new ReservedPortsError('no permission'),
  ])
    expect(explainFailure(error, ['ports'])).toEqual({
      exitCode: 1,
      text: `portcullis: ${error.message}\n`,
    })
})

test('a mistake of ours is not explained away', () => {
  expect(explainFailure(new TypeError('x is not a function'), ['run'])).toBeUndefined()
})

async function failureOf(argv: readonly string[]): Promise<ReturnType<typeof explainFailure>> {
  const error: unknown = await perform(argv).then(
    () => new Error('it made sense'),
    (reason: unknown) => reason,
  )
  return explainFailure(error, argv)
}

describe('- is standard input', () => {
  test.each([
    [['audit', '-', '--format', 'json'], 'log.start'],
    [['audit', 'session', 's1', '-', '--format', 'json'], 'session.open'],
    [['audit', 'verify', '-'], 'intact: 25 records'],
    [['audit', 'verify', '--in-order', '-'], 'intact: 25 records'],
  ])(
    '%j',
    (given, wanted) => {
      const log = seal([LOG_START, ...clearSession('s1', 'anna'), LOG_STOP])
      const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
      const input = log.map((line) => `${line}\n`).join('')
      const { status, stdout } = spawnSync(process.execPath, [main, ...given], {
        input,
        encoding: 'utf8',
        timeout: BUSY_MACHINE_MS,
      })
      expect(stdout).toContain(wanted)
      expect(status).toBe(0)
    },
    BUSY_MACHINE_MS,
  )
})
