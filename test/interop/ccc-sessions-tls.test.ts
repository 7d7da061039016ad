/**
 * A hundred sessions in a row that use CCC and then PASV at once: what a firewall that looks for
 * line starts in packets misses every time, since TLS records do not end in a line feed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TlsVersion } from '../support/peers/tls-client.ts'
import { type CccSession, SCRIPTED, runCccSessions } from '../support/peers/tls-clients/ccc.ts'
import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import { REMOTE, digestOfFile } from './files.ts'
import { planOf } from './tls-matrix.ts'
import { TlsStage } from './tls-stage.ts'
import { requireTlsPeers } from './tls-suite.ts'

const SESSIONS = 100
const TIMEOUT_MS = 60_000
const ENDINGS = ['answered', 'mute', 'joined'] as const
const VERSIONS: readonly TlsVersion[] = ['1.2', '1.3']

// Side by side: ProFTPD accepts nobody for 0.4 s when a session ends at the wrong moment, and each
// of these would spend most of its time on that.
describe.concurrent.each(VERSIONS)('sessions with CCC and then PASV at TLS %s', (version) => {
  const stage = new TlsStage(PROFTPD_TLS, ['explicit'])
  beforeAll(() => stage.open())
  afterAll(() => stage.close())

  for (const way of ['direct', 'proxy'] as const)
    test(`${way}: ${SESSIONS} of ${SESSIONS} work`, async (context) => {
      requireTlsPeers(context, PROFTPD_TLS, SCRIPTED, way)
      const row = { security: 'ccc', version, protection: 'P', requiresReuse: true } as const
      const laboratory = stage.laboratory(row, SCRIPTED, way)
      const directory = await mkdtemp(join(tmpdir(), 'portcullis-ccc-'))
      try {
        const sessions = Array.from({ length: SESSIONS }, (_, index): CccSession => {
          const local = `downloaded-${index}`
          return {
            ...planOf(row, laboratory, 'PASV', directory),
            ending: ENDINGS[index % ENDINGS.length] ?? 'answered',
            steps: [{ type: 'download', remote: REMOTE['1 B'], local, announcement: 'PASV' }],
          }
        })
        const outcome = await runCccSessions(sessions, { cwd: directory, timeoutMs: TIMEOUT_MS })
        const digests = await Promise.all(
          sessions.map((_, index) => digestOfFile(join(directory, `downloaded-${index}`))),
        )
        const wanted = laboratory.served.digests['1 B']
        const arrived = digests.filter((digest) => digest === wanted)
        expect(arrived.length, outcome.text.slice(-8_000)).toBe(SESSIONS)
        expect(outcome.status, outcome.text.slice(-8_000)).toBe(0)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    })
})
