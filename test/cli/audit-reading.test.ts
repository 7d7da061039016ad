import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { AuditOutput } from '../../src/cli/audit-output.ts'
import {
  asEnvironmentError,
  openGivenLogs,
  readBytes,
  readThrough,
  totalBytes,
} from '../../src/cli/audit-reading.ts'
import { EnvironmentError } from '../../src/cli/environment-error.ts'
import { Auditor } from '../../src/record/audit/auditor.ts'
import { AuditFilter } from '../../src/record/audit/filter.ts'
import { LogReadError } from '../../src/shell/log-reader/log-read-error.ts'
import { clearSession, LOG_START, seal } from '../record/audit/sample.ts'
import { temporaryFolder } from './program.ts'

test('logs must be named, and be there', async () => {
  await expect(openGivenLogs([], false)).rejects.toThrow('name the packet logs')
  await expect(openGivenLogs(undefined, false)).rejects.toThrow('name the packet logs')
  await expect(openGivenLogs(['-', '-'], false)).rejects.toThrow('only once')
  await expect(openGivenLogs(['/no/such'], false)).rejects.toThrow(EnvironmentError)
  const other = new TypeError('x')
  expect(asEnvironmentError(other)).toBe(other)
  expect(asEnvironmentError(new LogReadError('y'))).toMatchObject({ message: 'y' })
})

test('reads through all of it, and stops when all is known', async () => {
  const path = join(await temporaryFolder(), 'log.jsonl')
  const lines = seal([LOG_START, ...clearSession('s1', 'anna')])
  await writeFile(path, `${lines.join('\n')}\n`.repeat(200))
  const read = async (isDone: () => boolean): Promise<number> => {
    const sources = await openGivenLogs([path], false)
    expect(totalBytes(sources)).toBeGreaterThan(0)
    const auditor = new Auditor(new AuditFilter({}), {
      needsSessions: false,
      take: () => undefined,
    })
    const output = new AuditOutput(new Writable({ write: (_chunk, _encoding, done) => done() }))
    expect(await readThrough({ chains: sources, auditor, output, isQuiet: true, isDone })).toBe(0)
    expect(readBytes(sources)).toBeGreaterThan(0)
    return auditor.lines
  }
  expect(await read(() => false)).toBe(24 * 200)
  expect(await read(() => true)).toBeLessThan(24 * 200)
})
