import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { auditSession } from '../../src/cli/audit-session.ts'
import { EnvironmentError } from '../../src/cli/environment-error.ts'
import { clearSession, LOG_START, opaqueSession, seal } from '../record/audit/sample.ts'
import { portcullis, temporaryFolder } from './program.ts'

const lines = seal([
  LOG_START,
  ...clearSession('s1', 'anna').flatMap((record, index) => [
    record,
    ...opaqueSession('s2').slice(index, index + 1),
  ]),
])

async function log(): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'log.jsonl'), `${lines.join('\n')}\n`)
  return folder
}

test('the ladder, rewrites with both addresses, the life of every pinhole', async () => {
  const { code, stdout, stderr } = await portcullis(['audit', 'session', 's1', 'log.jsonl'], {
    cwd: await log(),
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/session s1 ends: the client said QUIT/)
  expect(stdout).toMatch(/server +227 +10\.0\.0\.5:51210 +203\.0\.113\.1:50021/)
  expect(stdout).toMatch(
    /p1 +192\.0\.2\.10 +203\.0\.113\.1:50021 +10\.0\.0\.5:51210 .* of 30 s +used/,
  )
  expect(stdout).not.toContain('s2')
})

test('other formats give its records alone', async () => {
  const { stdout } = await portcullis(['audit', 'session', 's2', 'log.jsonl', '--format', 'json'], {
    cwd: await log(),
  })
  expect(stdout.trimEnd().split('\n')).toEqual(lines.filter((line) => line.includes('"s2"')))
})

test('one that is not there', async () => {
  const cwd = await log()
  expect(await portcullis(['audit', 'session', 's9', 'log.jsonl'], { cwd })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'portcullis: there is no session s9 in these logs\n',
  })
  const given = {
    id: 's9',
    logs: [join(cwd, 'log.jsonl')],
    format: 'ladder' as const,
    'in-order': false,
  }
  await expect(auditSession(given)).rejects.toThrow(EnvironmentError)
})
