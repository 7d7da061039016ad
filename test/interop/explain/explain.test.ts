/**
 * `portcullis explain` says what would happen; here it happens. Every cell, in each set-up of the
 * peers that explain tried, is tried with the built proxy, a real server and a client.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'
import { CELLS } from '../../../src/explain/cell.ts'
import { explain } from '../../../src/explain/explain.ts'
import type { Report, ReportedCell, ReportedListener } from '../../../src/explain/report.ts'
import { ip } from '../../../src/net/ip.ts'
import { python } from '../../support/peers/program.ts'
import { freePort, isRoot } from '../../support/peers/server.ts'
import { tlsServerProblem } from '../../support/peers/tls/tls-server.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { type Attempt, type Held, Laboratory, MAIN } from './laboratory.ts'
import { type ServerSetting, settingFor } from './setting.ts'
import { type Substituted, substituted } from './substituted.ts'

const RULES = 'rules'
const TEST_MS = 300_000
/** Those that need a kernel's help need hosts of their own as well. */
const shipped = readdirSync(RULES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, text: readFileSync(join(RULES, name), 'utf8') }))
  .filter(({ text }) => !/^data-path: kernel|^\s+intercept: (?:redirect|tproxy)/m.test(text))

let laboratory: Laboratory | undefined

beforeAll(async () => {
  if (problem() === undefined) laboratory = await Laboratory.open()
})
afterAll(() => laboratory?.close())

describe.each(shipped)('$name', ({ name, text }) => {
  test(
    'every cell is as explain says',
    async (context) => {
      const lab = laboratoryFor(context)
      const log = join(lab.directory, `${name}.jsonl`)
      const here = substituted(text, await freePort(ip('127.0.0.3')), log)
      const { disagreements, sessions, working } = await tryEverything(lab, name, here)
      expect(disagreements).toEqual([])
      expect(sessions).toBeGreaterThanOrEqual(CELLS.length)
      expect(working).toBeGreaterThan(0)
    },
    TEST_MS,
  )

  test('it is explained as the shipped file is', async (context) => {
    const lab = laboratoryFor(context)
    const here = substituted(text, await freePort(ip('127.0.0.3')), 'log.jsonl')
    const reported = reportOf(lab, `same-${name}`, here, here.client)
    const [original] = explain(load([{ name, text }]).ruleset ?? fail(name))
    const outcomes = original?.cells
      .filter(({ cell }) => cell.family === 4)
      .map(({ cell, outcome }) => [cell, outcome])
    expect(
      reported.cells.map(({ protection, command, family, outcome }) => [
        { protection, command, family },
        outcome,
      ]),
    ).toEqual(outcomes)
  })
})

test(
  'what is advised for GSSAPI helps',
  async (context) => {
    const lab = laboratoryFor(context)
    const { text = '' } = shipped.find(({ name }) => name === 'require-tls.yaml') ?? {}
    const log = join(lab.directory, 'gssapi.jsonl')
    const before = substituted(text, await freePort(ip('127.0.0.3')), log)
    const { advice } = reportOf(lab, 'before-gssapi.yaml', before, before.client)
    const advised = advice.find(
      ({ yaml }) => yaml.includes('GSSAPI') && !yaml.includes('listeners'),
    )
    const [, line = ''] = /^ *(mechanisms: .*)$/m.exec(advised?.yaml ?? '') ?? []
    const here = { ...before, text: before.text.replace(/mechanisms: .*/, line) }
    const { cells } = reportOf(lab, 'after-gssapi.yaml', here, here.client)
    const gssapi = cells.filter(({ protection }) => protection === 'gssapi')
    expect(gssapi.map(({ outcome }) => outcome)).toEqual([
      'refused',
      'depends',
      'refused',
      'depends',
    ])
    expect((await tryEverything(lab, 'gssapi.yaml', here)).disagreements).toEqual([])
  },
  TEST_MS,
)

interface Outcome {
  /** Cells and circumstances in which the real thing does otherwise, with its story. */
  readonly disagreements: readonly string[]
  readonly sessions: number
  readonly working: number
}

async function tryEverything(lab: Laboratory, name: string, here: Substituted): Promise<Outcome> {
  const four = reportOf(lab, name, here, here.client)
  const six = reportOf(lab, name, here, '::1')
  const proxy = await lab.startProxy(join(lab.directory, name), here.listen)
  const held: (Attempt & Held)[] = []
  try {
    for (const { setting, isScripted, attempts } of roundsOf([...four.cells, ...six.cells], four)) {
      const server = isScripted
        ? await lab.startScripted(here.server, setting)
        : await lab.startServer(here.server, setting)
      try {
        const became = await lab.hold(attempts, { at: here.listen, tls: four.tls }, here.client)
        attempts.forEach((attempt, index) => {
          held.push({ ...attempt, ...(became[index] ?? fail('a session is missing')) })
        })
      } finally {
        await server.stop()
      }
    }
  } finally {
    await proxy.stop()
  }
  const reasons = reasonsIn(readFileSync(here.log, 'utf8'))
  return {
    disagreements: held.flatMap((one) => disagreement(one, reasons.get(one.client) ?? [])),
    sessions: held.length,
    working: held.filter(({ works }) => works).length,
  }
}

/** By the client's endpoint. */
function reasonsIn(log: string): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>()
  for (const line of log.trimEnd().split('\n')) {
    const { client = '', reason } = JSON.parse(line) as { client?: string; reason?: string }
    if (reason !== undefined) reasons.set(client, [...(reasons.get(client) ?? []), reason])
  }
  return reasons
}

function disagreement(
  { cell, trial, works, story }: Attempt & Held,
  reasons: readonly string[],
): readonly string[] {
  const { protection, command, family } = cell
  const what = `IPv${family} ${protection} ${command} ${JSON.stringify(trial)}\n${story}`
  if (works !== trial.works)
    return [`explain says that it ${trial.works ? 'works' : 'does not work'}: ${what}`]
  const { reason } = trial
  // What the network does is in no log.
  if (reason === undefined || reason.startsWith('network.') || reasons.includes(reason)) return []
  return [`explain says ${reason}, and the packet log ${reasons.join(', ')}: ${what}`]
}

interface Round {
  readonly setting: ServerSetting
  readonly isScripted: boolean
  readonly attempts: Attempt[]
}

/** What explain tried, by how the server has to be set up. */
function roundsOf(cells: readonly ReportedCell[], listener: ReportedListener): readonly Round[] {
  const rounds = new Map<string, Round>()
  const begins = listener.tls === 'implicit' ? 'implicit' : 'explicit'
  for (const cell of cells) {
    const isActive = cell.command === 'PORT' || cell.command === 'EPRT'
    const isScripted = cell.protection === 'gssapi' && begins === 'explicit'
    for (const trial of cell.tried.length === 0 ? [NOT_TRIED] : cell.tried) {
      const setting = settingFor(trial, isActive, begins, '127.0.0.3')
      const key = JSON.stringify([setting, isScripted])
      const round = rounds.get(key) ?? { setting, isScripted, attempts: [] }
      round.attempts.push({ cell, trial })
      rounds.set(key, round)
    }
  }
  return [...rounds.values()]
}

/** A client that cannot even connect. */
const NOT_TRIED = {
  dataPort: 61_700,
  sourcePort: 20,
  names: 'own-address',
  heedsAddress: true,
  tlsVersion: '1.3',
  namesServer: true,
  works: false,
  reason: 'network.family',
}

/** What the built program prints for the file. */
function reportOf(
  lab: Laboratory,
  name: string,
  { text }: Substituted,
  client: string,
): ReportedListener {
  const file = join(lab.directory, name)
  writeFileSync(file, text, { mode: 0o600 })
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'explain', file, '--client', client, '--json'],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  if (status !== 0) throw new Error(`explain ended with ${status}: ${stderr}`)
  const { listeners } = JSON.parse(stdout) as Report
  return listeners[0] ?? fail('nothing was explained')
}

function problem(): string | undefined {
  if (!existsSync(MAIN)) return 'dist/cli/main.js is not there: npm run build'
  if (!isRoot) return 'ports 20 and 21 are for root'
  if (python() === undefined) return 'there is no /usr/bin/python3'
  return tlsServerProblem(PROFTPD_TLS)
}

/** A peer that is missing is a failure where everything must be there, and a skip elsewhere. */
function laboratoryFor(context: TestContext): Laboratory {
  const cause = inject('peersProblem')
  const reason = problem() ?? (laboratory === undefined ? 'no laboratory' : undefined)
  if (reason === undefined && laboratory !== undefined) return laboratory
  if (process.env['CI'] !== undefined && process.env['CI'] !== '')
    throw new Error(`${reason} (${cause})`)
  return context.skip(`${reason}`)
}

function fail(what: string): never {
  throw new Error(`missing: ${what}`)
}
