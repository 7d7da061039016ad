/**
 * `portcullis explain` says what would happen; here it happens. Every cell, in each set-up of the
 * peers that explain tried, is tried with the built proxy, a real server and a client.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'
import { CELLS } from '../../../src/explain/cell.ts'
import { explain } from '../../../src/explain/explain.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { python } from '../../support/peers/program.ts'
import { freePort, isRoot } from '../../support/peers/server.ts'
import { tlsServerProblem } from '../../support/peers/tls/tls-server.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { type Outcome, outcomeOf } from './agreement.ts'
import { Laboratory, MAIN } from './laboratory.ts'
import { holdRounds, roundsOf } from './rounds.ts'
import { type Substituted, substituted } from './substituted.ts'

const RULES = 'rules'
const TEST_MS = 300_000
const PROXY = ip('127.0.0.3')
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
      const here = substituted(text, await freePort(PROXY), log)
      const { disagreements, sessions, working } = await tryEverything(lab, name, here)
      expect(disagreements).toEqual([])
      expect(sessions).toBeGreaterThanOrEqual(CELLS.length)
      expect(working).toBeGreaterThan(0)
    },
    TEST_MS,
  )

  test('it is explained as the shipped file is', async (context) => {
    const lab = laboratoryFor(context)
    const here = substituted(text, await freePort(PROXY), 'log.jsonl')
    const reported = lab.report(`same-${name}`, here.text, here.client)
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
    const before = substituted(text, await freePort(PROXY), log)
    const { advice } = lab.report('before-gssapi.yaml', before.text, before.client)
    const advised = advice.find(
      ({ yaml }) => yaml.includes('GSSAPI') && !yaml.includes('listeners'),
    )
    const [, line = ''] = /^ *(mechanisms: .*)$/m.exec(advised?.yaml ?? '') ?? []
    const here = { ...before, text: before.text.replace(/mechanisms: .*/, line) }
    const { cells } = lab.report('after-gssapi.yaml', here.text, here.client)
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

async function tryEverything(lab: Laboratory, name: string, here: Substituted): Promise<Outcome> {
  const four = lab.report(name, here.text, here.client)
  const six = lab.report(name, here.text, '::1')
  const proxy = await lab.startProxy(join(lab.directory, name), here.listen)
  const rounds = roundsOf([...four.cells, ...six.cells], four, PROXY)
  try {
    const held = await holdRounds(lab, rounds, here.server, {
      at: { 4: here.listen, 6: endpoint(ip('::1'), here.listen.port) },
      from: { 4: here.client, 6: '::1' },
      tls: four.tls,
    })
    return outcomeOf(held, readFileSync(here.log, 'utf8'))
  } finally {
    await proxy.stop()
  }
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
