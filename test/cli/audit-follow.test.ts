import { appendFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { auditFollow } from '../../src/cli/audit-follow.ts'
import { hashOfLine } from '../../src/record/hash-chain.ts'
import { clearSession, LOG_START, seal } from '../record/audit/sample.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

/** Each run of the program takes a fraction of a second; a machine may be busy. */
const BUSY_MACHINE_MS = 30_000

const lines = seal([LOG_START, ...clearSession('s1', 'anna')])
const textOf = (of: readonly string[]): string => of.map((line) => `${line}\n`).join('')

describe('portcullis audit follow', { timeout: BUSY_MACHINE_MS }, () => {
  test('shows what is written, over a rotation, until SIGINT', async () => {
    const path = join(await temporaryFolder(), 'log.jsonl')
    await writeFile(path, textOf(lines.slice(0, 5)))
    const program = new Program(['audit', 'follow', path, '--format', 'json', '-n', '2'])
    await program.says(/"seq":5,/)
    await appendFile(path, textOf(lines.slice(5, 10)))
    await program.says(/"seq":10,/)
    await rename(path, `${path}.1`)
    const previous = hashOfLine(lines[9] ?? '') ?? ''
    const [next = ''] = seal([{ type: 'log.lost', records: 4242 }], { previous, seq: 11 })
    await writeFile(path, `nonsense\n${next}\n`)
    await program.says(/4242/)
    program.kill('SIGINT')
    const { code, stdout, stderr } = await program.ended
    expect(code).toBe(0)
    expect(stdout).toBe(textOf([...lines.slice(3, 10), next]))
    expect(stderr).toBe(`portcullis: ${path}: not a packet-log record\n`)
  })

  test('conditions hold here too', async () => {
    const path = join(await temporaryFolder(), 'log.jsonl')
    await writeFile(path, textOf(lines))
    const program = new Program(['audit', 'follow', path, '--verdict', 'refused', '--lines', '500'])
    await program.says(/port\.foreign-address/)
    program.kill('SIGTERM')
    const { code, stdout } = await program.ended
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
  })

  test('nothing to follow', async () => {
    const path = join(await temporaryFolder(), 'none')
    expect(await portcullis(['audit', 'follow', path])).toMatchObject({
      code: 1,
      stderr: `portcullis: cannot follow ${path}: there is no such file\n`,
    })
    await expect(auditFollow({ log: path, format: 'json', lines: 'x' })).rejects.toThrow(
      '--lines "x": expected a number',
    )
  })
})
