/**
 * pyftpdlib's own functional tests, directly and through the proxy: what passes directly passes
 * through it, but for tests of things that the proxy refuses on purpose.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { freePort } from '../../support/peers/host.ts'
import { peerEnvironment, python, runProgram } from '../../support/peers/program.ts'
import { PYFTPDLIB } from '../../support/peers/pyftpdlib.ts'
import { type PyftpdlibTests, installPyftpdlibTests } from '../../support/peers/pyftpdlib-tests.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { startFront } from '../../support/proxy-in-process.ts'
import { drawTable } from '../matrix-table.ts'
import { NOT_THROUGH_THE_PROXY } from './pyftpdlib-known.ts'

const RUNNER = join(import.meta.dirname, 'pyftpdlib-runner.py')
const CLIENT = ip('127.39.0.4')
/** Some of the tests are about timeouts of a tenth of a second: on a busy machine they need luck. */
const ATTEMPTS = 3
const SECONDS = 100

/** By the name of the test; what failed, in the end with its last words. */
type Results = ReadonlyMap<string, string>
const PASSED = 'passed'

interface Place {
  readonly server: Ip
  readonly port: number
  /** Address and port of the proxy, where there is one. */
  readonly proxy: readonly [string, number] | null
  readonly proxy6: readonly [string, number] | null
}

let installed: PyftpdlibTests | undefined
let problem: string | undefined
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-pyftpdlib-'))
  try {
    installed = await installPyftpdlibTests()
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    // apt says on lines of their own what failed.
    const [cause = text] = /^E: .*$/m.exec(text) ?? []
    problem = `pyftpdlib's own tests cannot be had: ${cause}`
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function attempt(place: Place, only: readonly string[]): Promise<Map<string, string>> {
  if (installed === undefined) throw new Error('nothing was installed')
  const folder = await mkdtemp(join(directory, 'run-'))
  const path = [peerEnvironment(folder)['PYTHONPATH'] ?? '', installed.library].join(delimiter)
  const setting = { ...place, tests: installed.tests, client: CLIENT, only, seconds: SECONDS }
  const outcome = await runProgram(python() ?? 'python3', [RUNNER, JSON.stringify(setting)], {
    cwd: folder,
    timeoutMs: (SECONDS + 5) * 1_000,
    environment: { PYTHONPATH: path },
  })
  const results = new Map<string, string>()
  for (const line of outcome.text.split('\n')) {
    if (!line.startsWith('{"test": ')) continue
    const { test: name, outcome: came, detail } = JSON.parse(line) as Record<string, string>
    // A test may fail twice: in its body and when it is cleared away.
    if (results.get(name ?? '') === undefined || came !== PASSED)
      results.set(name ?? '', came === PASSED ? PASSED : `${came}: ${detail}`)
  }
  if (results.size === 0) throw new Error(`no test ran: ${outcome.text.slice(-2_000)}`)
  return results
}

/** What fails gets another try, unless nothing else is expected of it. */
async function runAll(place: Place): Promise<Results> {
  const results = await attempt(place, [])
  for (let tries = 1; tries < ATTEMPTS; tries++) {
    const again = [...results.keys()].filter(
      (name) => results.get(name)?.startsWith('failed') && !NOT_THROUGH_THE_PROXY.has(name),
    )
    if (again.length === 0) break
    for (const [name, came] of await attempt(place, again)) results.set(name, came)
  }
  return results
}

test(
  'what passes directly passes through the proxy',
  async (context) => {
    requirePeers(context, [PYFTPDLIB.problem()])
    // Mirrors without source packages are common: that they lack it is no failure, but is told.
    if (problem !== undefined) {
      context.task.meta.summary = problem
      context.skip(problem)
    }
    const direct = await place('127.39.0.1')
    const behind = await place('127.39.0.2')
    const front = await startFront(at(behind.server, behind.port), { host: '127.39.0.3' })
    const front6 = await startFront(at(ip('::1'), behind.port), { host: '::1' })
    try {
      const [without, through] = await Promise.all([
        runAll(direct),
        runAll({
          ...behind,
          proxy: [front.endpoint.address, front.endpoint.port],
          proxy6: [front6.endpoint.address, front6.endpoint.port],
        }),
      ])
      context.task.meta.summary = describe(without, through)
      const expected = [...without].filter(([, came]) => came === PASSED).map(([name]) => name)
      const lost = expected.filter((name) => through.get(name) !== PASSED)
      const unknown = lost.filter((name) => !NOT_THROUGH_THE_PROXY.has(name))
      expect(unknown.map((name) => `${name}: ${through.get(name) ?? 'did not run'}`)).toEqual([])
      // The list names nothing that passes.
      expect(lost).toEqual(expected.filter((name) => NOT_THROUGH_THE_PROXY.has(name)))
      expect(without.size).toBeGreaterThan(150)
      // Each of them has held a session through the proxy.
      const sessions = front.log.types().filter((type) => type === 'session.open')
      expect(sessions.length).toBeGreaterThan(100)
    } finally {
      await Promise.all([front.proxy.close(), front6.proxy.close()])
    }
  },
  ATTEMPTS * (SECONDS + 10) * 1_000,
)

async function place(address: string): Promise<Place> {
  const server = ip(address)
  return { server, port: await freePort(server), proxy: null, proxy6: null }
}

function at(address: Ip, port: number): ReturnType<typeof endpoint> {
  return endpoint(address, port as Parameters<typeof endpoint>[1])
}

function describe(without: Results, through: Results): string {
  const count = (results: Results): string =>
    `${[...results.values()].filter((came) => came === PASSED).length}`
  const rows = [...without.keys()]
    .filter((name) => without.get(name) !== PASSED || through.get(name) !== PASSED)
    .map((name) => [
      name,
      without.get(name) === PASSED ? '✓' : '✗',
      through.get(name) === PASSED ? '✓' : '✗',
      NOT_THROUGH_THE_PROXY.get(name) ?? '',
    ])
  return [
    `pyftpdlib's own ${without.size} functional tests: ${count(without)} pass directly, ${count(through)} through the proxy; all but these pass either way`,
    drawTable([['', 'direct', 'proxy', 'why'], ...rows]),
  ].join('\n')
}
