import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { formatConsumer } from '../../src/cli/audit.ts'
import { AuditOutput } from '../../src/cli/audit-output.ts'
import { JsonFormat } from '../../src/record/audit/record-format.ts'
import { hashOfLine } from '../../src/record/hash-chain.ts'
import {
  clearSession,
  entryOf,
  LOG_START,
  LOG_STOP,
  opaqueSession,
  seal,
} from '../record/audit/sample.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

/** Each run of the program takes a fraction of a second; a machine may be busy. */
const BUSY_MACHINE_MS = 30_000

const first = seal([LOG_START, ...clearSession('s1', 'anna'), ...opaqueSession('s2')])
const second = seal([...clearSession('s3', '=bert', '198.51.100.9:1'), LOG_STOP], {
  previous: hashOfLine(first.at(-1) ?? '') ?? '',
  seq: first.length + 1,
  start: Date.UTC(2026, 10, 21, 9),
})
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

async function logs(): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'log.jsonl.1.gz'), gzipSync(textOf(first)))
  await writeFile(join(folder, 'log.jsonl'), textOf(second))
  return folder
}

const both = ['log.jsonl', 'log.jsonl.1.gz']

test.each(['audit', 'audit session', 'audit verify', 'audit follow'])(
  '%s --help',
  async (command) => {
    const words = command.split(' ')
    const { code, stdout, stderr } = await portcullis([...words, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await expect(stdout).toMatchFileSnapshot(`help/${words.join('-')}.txt`)
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  },
)

describe('portcullis audit', { timeout: BUSY_MACHINE_MS }, () => {
  test('everything as JSON is everything, in the right order', async () => {
    const cwd = await logs()
    const ended = await portcullis(['audit', ...both, '--format', 'json'], { cwd })
    expect(ended).toEqual({ code: 0, stdout: textOf([...first, ...second]), stderr: '' })
  })

  test('a table of what was refused', async () => {
    const cwd = await logs()
    const { code, stdout } = await portcullis(['audit', ...both, '--verdict', 'refused'], { cwd })
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(5)
    expect(stdout).toContain('[port.foreign-address]')
  })

  test('options given more than once do not swallow the logs', async () => {
    const cwd = await logs()
    const given = [
      'audit',
      '--user',
      'anna',
      '--user',
      '=bert',
      ...both,
      '--verb',
      'QUIT',
      '--format',
      'csv',
    ]
    const { stdout } = await portcullis(given, { cwd })
    expect(stdout.split('\r\n')).toHaveLength(6)
    expect(stdout).toContain(",'=bert,")
  })

  test('counts', async () => {
    const cwd = await logs()
    const { stdout } = await portcullis(['audit', ...both, '--by', 'user', '--format', 'json'], {
      cwd,
    })
    expect(JSON.parse(stdout)).toMatchObject({
      rows: [
        { key: '=bert', sessions: 1, toClient: 1_000_000, refusals: 1 },
        { key: 'anna', sessions: 1, toClient: 1_000_000, refusals: 1 },
        { key: null, toServer: 500_000 },
      ],
    })
    const hours = await portcullis(['audit', ...both, '--by', 'hour', '--sort', 'bytes'], { cwd })
    expect(hours.stdout).toMatch(
      /^HOUR .*\n2026-11-21T07:00Z .*\n2026-11-21T09:00Z .*\ntotal .*\n$/,
    )
    const top = await portcullis(['audit', ...both, '--by', 'verb', '--top', '1'], { cwd })
    expect(top.stdout).toMatch(/\d+ others/)
  })

  test('bad lines are named and counted, end nothing, and make it exit code 1', async () => {
    const cwd = await logs()
    await writeFile(join(cwd, 'bad'), `hello\n${textOf(first)}${second[0]?.slice(0, 60)}`)
    const { code, stdout, stderr } = await portcullis(['audit', 'bad', '--format', 'json'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toBe(textOf(first))
    expect(stderr).toBe(
      'portcullis: bad:1: not a packet-log record\n' +
        `portcullis: bad:${first.length + 2}: a record that is cut short\n`,
    )
  })

  test.each([
    ['a line that is none', `hello\n${textOf(first)}`, 1],
    ['a line cut in the middle', `${first[0]?.slice(0, 60)}\n${textOf(first)}`, 1],
    ['a line longer than any', `${'x'.repeat(2 ** 20 + 1)}\n${textOf(first)}`, 1],
    ['a last line that is still being written', `${textOf(first)}${second[0]?.slice(0, 60)}`, 0],
    ['the first characters of one', `${textOf(first)}{"ti`, 0],
    ['something else at the end', `${textOf(first)}hello`, 1],
    ['nothing but the beginning of a record', `${second[0]?.slice(0, 60)}`, 1],
    ['empty lines only', '\n\n', 1],
    ['nothing', '', 0],
  ])('%s', async (_what, text, code) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'log'), text)
    for (const more of [
      ['--format', 'zeek'],
      ['--by', 'hour'],
      ['--html', 'report.html'],
    ])
      expect(await portcullis(['audit', 'log', ...more], { cwd })).toMatchObject({ code })
  })

  test('a table of nothing says so, other formats are for programs', async () => {
    const cwd = await logs()
    const none = ['audit', ...both, '--user', 'nobody']
    const stderr = 'portcullis: no records\n'
    expect(await portcullis(none, { cwd })).toMatchObject({ code: 0, stderr })
    expect(await portcullis([...none, '--by', 'verb'], { cwd })).toMatchObject({ code: 0, stderr })
    expect(await portcullis([...none, '--format', 'csv'], { cwd })).toMatchObject({ stderr: '' })
  })

  test('a damaged file is exit code 1, and the others are read', async () => {
    const cwd = await logs()
    await writeFile(join(cwd, 'cut.gz'), gzipSync(textOf(first)).subarray(0, 200))
    const { code, stdout, stderr } = await portcullis(
      ['audit', 'cut.gz', 'log.jsonl', '--format', 'json'],
      { cwd },
    )
    expect(code).toBe(1)
    expect(stdout).toContain(second[0])
    expect(stderr).toContain('cut.gz is cut short')
  })

  test.each([
    [
      ['audit'],
      2,
      'portcullis: name the packet logs; - is standard input\nSee portcullis audit --help.\n',
    ],
    [
      ['audit', 'log.jsonl', '--top', '3'],
      2,
      'portcullis: --sort and --top are for counts: --by client, --by reason …\nSee portcullis audit --help.\n',
    ],
    [
      ['audit', 'log.jsonl', '--by', 'hour', '--format', 'zeek'],
      2,
      'portcullis: --by gives counts, which --format zeek cannot show\nSee portcullis audit --help.\n',
    ],
    [['audit', 'none'], 1, 'portcullis: there is no file none\n'],
    [['audit', '.'], 1, 'portcullis: . is a folder; name the packet logs in it\n'],
  ])('%j', async (given, code, stderr) => {
    expect(await portcullis(given, { cwd: await logs() })).toEqual({ code, stdout: '', stderr })
  })

  test('a reader that goes away ends it', async () => {
    const cwd = await logs()
    await writeFile(join(cwd, 'long'), textOf(first).repeat(2000))
    const program = new Program(['audit', 'long'], { cwd })
    program.hangUp()
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' })
  })
})

test('formatConsumer writes what the format makes of a record', () => {
  const written: string[] = []
  const output = new AuditOutput(process.stdout)
  output.write = (text) => written.push(text)
  const consumer = formatConsumer(new JsonFormat(), output)
  const context = { user: undefined, isOpaque: undefined, rule: undefined, isLogin: false }
  consumer.take(entryOf(LOG_STOP), context, 'the line')
  expect(written).toEqual(['the line\n'])
})
