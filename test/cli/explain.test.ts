import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { explainFailure, perform } from '../../src/cli/command-line.ts'
import { explainCommandLine, isAsciiTerminal } from '../../src/cli/explain.ts'
import type { Report } from '../../src/explain/report.ts'
import { portcullis, temporaryFolder } from './program.ts'

// The program is started in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

const FRONT_DOOR = 'rules/front-door.yaml'

test('a table, the reasons and what to do', async () => {
  const { code, stdout, stderr } = await portcullis(['explain', FRONT_DOOR])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^public {2}0\.0\.0\.0:21 → 10\.200\.200\.1:21\n/)
  expect(stdout).toMatch(/\n {2}explicit TLS +✗ 3 +~ 4 +✗ 3 +~ 5 /)
  expect(stdout).toContain('To set up at the peers')
  expect(stdout).toContain('mechanisms: [TLS, TLS-C, TLS-P, SSL, GSSAPI]')
})

test('--json: one value', async () => {
  const { code, stdout } = await portcullis([
    'explain',
    FRONT_DOOR,
    '--json',
    '--client',
    '192.0.2.77',
  ])
  const { format, listeners } = JSON.parse(stdout) as Report
  expect([code, format]).toEqual([0, 'portcullis-explain-1'])
  expect(listeners[0]?.clients).toMatchObject([{ address: '192.0.2.77', rule: 'everybody' }])
  expect(listeners[0]?.cells.find(({ command }) => command === 'PORT')).toMatchObject({
    outcome: 'refused',
    reason: 'active.denied',
  })
})

test('--ascii draws with nothing else', async () => {
  const { stdout } = await portcullis(['explain', FRONT_DOOR, '--ascii'])
  expect(stdout).toMatch(/^[\n -~]+$/)
})

test('rule files with errors: which, and exit code 1', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'a.yaml'), 'version: 1\nrulez: []\n', { mode: 0o600 })
  const { code, stdout, stderr } = await portcullis(['explain', 'a.yaml'], { cwd: folder })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('a.yaml:2:1 error')
})

describe('command lines that make no sense', () => {
  test.each([
    [['explain'], 'name rule files, or give --session LOG ID'],
    [
      ['explain', FRONT_DOOR, '--client', 'me'],
      '--client "me": expected an address, as 198.51.100.7',
    ],
    [
      ['explain', FRONT_DOOR, '--server', '::'.repeat(3)],
      '--server "::::::": expected an address, as 198.51.100.7',
    ],
    [['explain', FRONT_DOOR, '--listener', 'x'], 'no listener is like that: there are "public"'],
    [
      ['explain', FRONT_DOOR, '--session', 'a', 'b'],
      '--session asks the log: it takes no rule files',
    ],
    [
      ['explain', FRONT_DOOR, '--listener', 'a', '--listener', 'b'],
      '--listener is given more than once: a, b',
    ],
  ])('%j', async (argv, problem) => {
    const error: unknown = await perform(argv).catch((reason: unknown) => reason)
    expect(explainFailure(error, argv)).toEqual({
      exitCode: 2,
      text: `portcullis: ${problem}\nSee portcullis explain --help.\n`,
    })
  })

  test('rules without a listener', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'a.yaml')
    await writeFile(file, 'version: 1\nrules: [{ permit: control }]\n', { mode: 0o600 })
    await expect(explainCommandLine({ rules: [file], json: false })).rejects.toThrow(
      'have no listener',
    )
  })
})

test.each([
  [{}, false],
  [{ LANG: 'C.UTF-8' }, false],
  [{ LANG: 'C' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, true],
])('whether %o is a terminal for ASCII: %s', (environment, isAscii) => {
  expect(isAsciiTerminal(environment)).toBe(isAscii)
})
