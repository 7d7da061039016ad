/**
 * curl meets a server that behaves oddly, directly and through the proxy. It ends with the same exit
 * code, has the same bytes, and the server is told the same commands, unless the proxy has to step
 * in: then it is said here what it does.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import type { ScriptedServer } from '../../kernel/support/scripted-server.ts'
import { CURL } from '../../support/peers/clients/curl.ts'
import { runProgram, systemProgram } from '../../support/peers/program.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { startScripted } from '../../support/peers/scripted/loopback.ts'
import { startFront } from '../../support/proxy-in-process.ts'
import { drawTable } from '../matrix-table.ts'
import { CURL_SCENARIOS, type CurlScenario } from './curl-scenarios.ts'

const SERVER = ip('127.38.0.2')
const PROXY = '127.38.0.3'
/** Another address than the proxy's own, so that a PORT that is not rewritten is refused. */
const CLIENT = ip('127.38.0.4')
const TIMEOUT_MS = 30_000

interface Seen {
  readonly exit: number | string
  /** Standard output: the file. */
  readonly output: string
  /** What the server was told, line by line, without addresses. */
  readonly commands: readonly string[]
}

const rows = new Map<string, readonly string[]>()
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-curl-'))
  await writeFile(join(directory, 'upload'), 'moooo\r\n for the upload\r\n')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function run(scenario: CurlScenario, server: ScriptedServer, at: Endpoint): Promise<Seen> {
  const url = `ftp://${formatEndpoint(at)}/`
  const words = scenario.args.map((word) => word.replace('{url}', url))
  const before = server.sessions.length
  const outcome = await runProgram(
    systemProgram('curl') ?? 'curl',
    ['--disable', '--silent', '--interface', CLIENT, ...words, `${url}${scenario.path}`],
    { cwd: directory, timeoutMs: TIMEOUT_MS },
  )
  const lines = server.sessions.slice(before).flatMap(({ received }) => received)
  const commands = lines
    .map((line) => line.replace(/^(PORT|EPRT) .*/, '$1').trimEnd())
    // Once the server has said 421, there may be nobody left to say it to.
    .filter((line) => line !== 'QUIT')
  return { exit: outcome.status, output: outcome.text, commands }
}

describe.concurrent('curl', () => {
  test.for(CURL_SCENARIOS)('$id: $title', async (scenario, context) => {
    requirePeers(context, [CURL.problem()])
    const server = startScripted(scenario.switches)
    const at = endpoint(SERVER, server.port)
    const front = await startFront(at, { host: PROXY })
    try {
      const direct = await run(scenario, server, at)
      const proxied = await run(scenario, server, front.endpoint)
      const { intervention } = scenario
      const did = intervention?.reason ?? ''
      rows.set(scenario.id, [scenario.id, scenario.title, `${direct.exit}`, `${proxied.exit}`, did])
      if (intervention === undefined) {
        expect(proxied).toEqual(direct)
        return
      }
      expect(direct.exit).toBe(intervention.direct)
      expect(intervention.proxied).toContain(proxied.exit)
      expect(front.log.reasons()).toContain(intervention.reason)
    } finally {
      await front.proxy.close()
      server.close()
    }
  })
})

test('the exit codes of curl', (context) => {
  requirePeers(context, [CURL.problem()])
  const all = CURL_SCENARIOS.flatMap(({ id }) => [rows.get(id) ?? []])
  const heading = ['', 'situation', 'direct', 'proxy', 'why the proxy steps in']
  context.task.meta.summary = `Exit codes of curl\n${drawTable([heading, ...all])}`
  expect(rows.size).toBe(CURL_SCENARIOS.length)
})
