import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { explainLoggedSession } from '../../src/cli/explain-session.ts'
import type { Telling } from '../../src/explain/session-why.ts'
import { portcullis, temporaryFolder } from './program.ts'

// The program is started in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

/** The examples of docs/packet-log.md are one log. */
const LOG = [...readFileSync('docs/packet-log.md', 'utf8').matchAll(/^```json\n([\s\S]*?)\n```$/gm)]
  .map(([, text]) => text)
  .join('\n')
const SESSION = /"session":"([^"]+)"/.exec(LOG)?.[1] ?? ''

test('each verdict in a sentence, with what would have changed it', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'log.jsonl'), `${LOG}\nnot a record ${SESSION}\n`)
  const asked = ['explain', '--session', 'log.jsonl', SESSION]
  const { code, stdout, stderr } = await portcullis(asked, { cwd: folder })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('with the profile "default"')
  expect(stdout).toContain('otherwise with: ')
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
})

test('--json, of a compressed log, and of a client that was turned away', async () => {
  const folder = await temporaryFolder()
  const refused =
    /"client":"([^"]+)"/.exec(
      LOG.split('\n').find((line) => line.includes('session.refused')) ?? '',
    )?.[1] ?? ''
  await writeFile(join(folder, 'log.jsonl.gz'), gzipSync(LOG))
  const asked = ['explain', '--json', '--session', 'log.jsonl.gz', refused]
  const { code, stdout } = await portcullis(asked, { cwd: folder })
  const { session, told } = JSON.parse(stdout) as { session: string; told: readonly Telling[] }
  expect([code, session, told.length]).toEqual([0, refused, 1])
  expect(told[0]).toMatchObject({ kind: 'bad', otherwise: expect.any(String) })
})

test('no such session, no such log', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'log.jsonl'), LOG)
  expect(await portcullis(['explain', '--session', 'log.jsonl', 'x-1'], { cwd: folder })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'portcullis: there is no session x-1 in log.jsonl\n',
  })
  await expect(explainLoggedSession([join(folder, 'no.jsonl'), 'x'], false)).rejects.toThrow(
    'cannot read the packet log',
  )
})
