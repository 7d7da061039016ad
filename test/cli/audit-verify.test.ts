import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { auditVerify } from '../../src/cli/audit-verify.ts'
import { hashOfLine } from '../../src/record/hash-chain.ts'
import { clearSession, LOG_START, LOG_STOP, seal } from '../record/audit/sample.ts'
import { portcullis, temporaryFolder } from './program.ts'

/** Each run of the program takes a fraction of a second; a machine may be busy. */
const BUSY_MACHINE_MS = 30_000

const first = seal([LOG_START, ...clearSession('s1', 'anna')])
const head = hashOfLine(first.at(-1) ?? '') ?? ''
const second = seal([LOG_STOP], { previous: head, seq: 25, start: Date.UTC(2026, 10, 21, 9) })

async function logs(files: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, lines] of Object.entries(files))
    await writeFile(join(folder, name), `${lines.join('\n')}\n`)
  return folder
}

describe('portcullis audit verify', { timeout: BUSY_MACHINE_MS }, () => {
  test('intact, whatever the order of the files', async () => {
    const cwd = await logs({ log: second, 'log.1': first })
    const { code, stdout } = await portcullis(['audit', 'verify', 'log', 'log.1'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain(
      `intact: 25 records in 1 run; the last hash is ${hashOfLine(second[0] ?? '')}`,
    )
  })

  test('broken: which record, and exit code 1', async () => {
    const at = first.findIndex((line) => line.includes('räksmörgås'))
    const changed = first.with(at, first[at]?.replace('räksmörgås', 'gurka') ?? '')
    const cwd = await logs({ 'log.1': changed, log: second })
    const { code, stdout } = await portcullis(['audit', 'verify', 'log', 'log.1'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain(`log.1:${at + 1}: seq ${at + 1} does not follow`)
    expect(stdout).toContain('BROKEN in 1 place')
  })

  test('a missing file', async () => {
    const third = seal([LOG_START], {
      previous: hashOfLine(second[0] ?? '') ?? '',
      start: Date.UTC(2026, 10, 22),
    })
    const cwd = await logs({ 'log.2': first, log: third })
    const { code, stdout } = await portcullis(['audit', 'verify', 'log.2', 'log'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain('log:1: seq 1 does not follow')
    expect(stdout).toContain('a file between the two is missing')
  })

  test('a hash that was noted', async () => {
    const cwd = await logs({ log: first })
    expect(await portcullis(['audit', 'verify', 'log', '--expect', head], { cwd })).toMatchObject({
      code: 0,
    })
    const cut = await logs({ log: first.slice(0, -1) })
    expect(
      await portcullis(['audit', 'verify', 'log', '--expect', head], { cwd: cut }),
    ).toMatchObject({
      code: 1,
    })
    const given = { logs: [join(cwd, 'log')], 'in-order': false, expect: 'abc' }
    await expect(auditVerify(given)).rejects.toThrow('--expect: a hash has 64 hexadecimal digits')
  })
})
