/**
 * What `portcullis explain` says of a shipped rule file that needs a kernel, tried between three
 * hosts: every cell, in each set-up of the peers that explain tried.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'
import { CELLS } from '../../../src/explain/cell.ts'
import { explain } from '../../../src/explain/explain.ts'
import type { ReportedCell, ReportedListener } from '../../../src/explain/report.ts'
import type { IpFamily } from '../../../src/net/ip.ts'
import { type Outcome, outcomeOf, reasonsIn } from '../../interop/explain/agreement.ts'
import { Laboratory, type Way } from '../../interop/explain/laboratory.ts'
import { holdRounds, roundsOf } from '../../interop/explain/rounds.ts'
import { python } from '../../support/peers/program.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { tlsServerProblem } from '../../support/peers/tls/tls-server.ts'
import { DEPLOYMENTS, type Site, serverEndpoint } from './deployment.ts'
import {
  type ExplainedDeployment,
  listensAt,
  shippedText,
  substitutedText,
} from './explain-substituted.ts'
import { CLIENT, CLIENT_NETWORK, type Lab, OUTSIDE, SERVER_NETWORK } from './lab.ts'
import { firewallProblem } from './require.ts'
import { type RunningStage, openStage, startInFirewall } from './stage.ts'

const TEST_MS = 300_000
const SITE: Site = { slot: 0, family: 4, tls: 'explicit' }
const SITE_6: Site = { ...SITE, family: 6 }

interface Actors {
  readonly stage: RunningStage
  readonly laboratory: Laboratory
}

export function describeExplained(name: ExplainedDeployment): void {
  const isDoor = name === 'front-door-kernel'
  const shipped = shippedText(name)
  let actors: Actors | undefined
  beforeAll(async () => {
    if (problem() !== undefined) return
    const { serverKnowsClient } = DEPLOYMENTS[name]
    // The test starts Portcullis itself, as the shipped file has it.
    const stage = await openStage(DEPLOYMENTS.routed, () => [], { serverKnowsClient })
    const host = stage.lab.server
    const laboratory = await Laboratory.open(host, {
      listen: (server, { port }) => host.listen(server, { port }),
      connect: (to) => host.connect(to),
    })
    stage.atEnd(() => laboratory.close())
    // Only the firewall can reach the server of a front door.
    if (isDoor) stage.lab.client.ip([`route del ${SERVER_NETWORK[4]}`])
    // What is not intercepted is not shown as the firewall's own either.
    else stage.lab.server.ip([`route replace ${CLIENT_NETWORK[6]} via ${OUTSIDE[6]}`], 6)
    actors = { stage, laboratory }
  })
  afterAll(() => actors?.stage.close())

  describe(`explain ${name}.yaml`, () => {
    test(
      'every cell is as explain says',
      async (context) => {
        const { stage, laboratory } = actorsFor(context, actors)
        const log = join(laboratory.directory, 'all.jsonl')
        const text = substitutedText(shipped, name, log)
        forwardNothingElse(stage.lab)
        const cells = cellsOf(laboratory, text, isDoor)
        const tried = (): Promise<Outcome> => tryCells(laboratory, cells, name, log)
        const { disagreements, sessions, working } = await withProxy(stage.lab, name, text, tried)
        expect(disagreements).toEqual([])
        expect(sessions).toBeGreaterThan(CELLS.length)
        expect(working).toBeGreaterThan(0)
      },
      TEST_MS,
    )

    test('it is explained as the shipped file is', (context) => {
      const { laboratory } = actorsFor(context, actors)
      const text = substitutedText(shipped, name, 'log.jsonl')
      const [original] = explain(load([{ name, text: shipped }]).ruleset ?? fail(name))
      const here = cellsOf(laboratory, text, isDoor)
      expect(
        here.map(({ protection, command, family, outcome, reason }) => [
          { protection, command, family },
          outcome,
          reason,
        ]),
      ).toEqual(
        original?.cells.map(({ cell, outcome, telling }) => [
          cell,
          outcome,
          outcome === 'refused' ? telling.reason : undefined,
        ]),
      )
    })

    test(
      'what is advised for GSSAPI helps',
      async (context) => {
        const { stage, laboratory } = actorsFor(context, actors)
        const log = join(laboratory.directory, 'gssapi.jsonl')
        const before = substitutedText(shipped, name, log)
        const { advice } = reportOf(laboratory, before, isDoor, 4)
        const advised = advice.find(({ does }) => does.join() === 'let AUTH ask for GSSAPI')
        const text = withProfileOf(advised?.yaml ?? fail('advice'), before)
        const cells = cellsOf(laboratory, text, isDoor).filter(
          ({ family, protection }) => family === 4 && protection === 'gssapi',
        )
        expect(
          cells.filter(({ outcome }) => outcome !== 'refused').map(({ command }) => command),
        ).toEqual(advised?.cells.map(({ cell }) => cell.command))
        forwardNothingElse(stage.lab)
        const tried = (): Promise<Outcome> => tryCells(laboratory, cells, name, log)
        const { disagreements, working } = await withProxy(stage.lab, name, text, tried)
        expect(disagreements).toEqual([])
        expect(working).toBeGreaterThan(0)
      },
      TEST_MS,
    )

    // Of a front door everybody knows.
    if (isDoor) return
    test(
      'what is not intercepted passes by',
      async (context) => {
        const { stage, laboratory } = actorsFor(context, actors)
        const log = join(laboratory.directory, 'passing.jsonl')
        const text = substitutedText(shipped, name, log)
        forwardAll(stage.lab)
        const cells = cellsOf(laboratory, text, isDoor).filter(
          ({ family, protection, command }) =>
            family === 6 && protection !== 'implicit-tls' && command === 'EPSV',
        )
        expect(cells.map(({ reason }) => reason)).toEqual(
          cells.map(() => 'network.not-intercepted'),
        )
        await withProxy(stage.lab, name, text, async () => {
          const rounds = roundsOf(cells, { tls: 'explicit' }, wayTo(name).at[4].address)
          const at = serverEndpoint(SITE_6)
          const held = await holdRounds(laboratory, rounds, at, wayTo(name))
          expect(held.map(({ works, story }) => (works ? '' : story)).join('')).toBe('')
          const known = reasonsIn(readFileSync(log, 'utf8'))
          expect(held.filter(({ client }) => known.has(client))).toEqual([])
        })
      },
      TEST_MS,
    )
  })
}

function wayTo(name: ExplainedDeployment): Way {
  const { target } = DEPLOYMENTS[name]
  return {
    at: { 4: target(SITE), 6: target(SITE_6) },
    from: CLIENT,
    tls: 'explicit',
    isRouted: true,
  }
}

function cellsOf(laboratory: Laboratory, text: string, isDoor: boolean): readonly ReportedCell[] {
  return ([4, 6] as const).flatMap((family) => reportOf(laboratory, text, isDoor, family).cells)
}

function reportOf(
  laboratory: Laboratory,
  text: string,
  isDoor: boolean,
  family: IpFamily,
): ReportedListener {
  const server = isDoor ? undefined : serverEndpoint({ ...SITE, family }).address
  return laboratory.report('explained.yaml', text, CLIENT[family], server)
}

/** Puts the one key of the default profile where it belongs. */
function withProfileOf(advised: string, text: string): string {
  const [, line = fail('a profile key')] = /^profiles:\n  default:\n(.*)$/.exec(advised) ?? []
  return /^profiles:$/m.test(text)
    ? text.replace(/^  default:$/m, `  default:\n${line}`)
    : `${text}\n${advised}\n`
}

async function tryCells(
  laboratory: Laboratory,
  cells: readonly ReportedCell[],
  name: ExplainedDeployment,
  log: string,
): Promise<Outcome> {
  const way = wayTo(name)
  const rounds = roundsOf(cells, { tls: 'explicit' }, way.at[4].address)
  const held = await holdRounds(laboratory, rounds, serverEndpoint(SITE), way)
  return outcomeOf(held, readFileSync(log, 'utf8'))
}

async function withProxy<T>(
  lab: Lab,
  name: ExplainedDeployment,
  text: string,
  act: () => Promise<T>,
): Promise<T> {
  const { options } = DEPLOYMENTS[name]
  const proxy = await startInFirewall(lab, {
    args: (_, rules) => [rules, ...options],
    rules: () => text,
    endpoints: [listensAt(name)],
  })
  try {
    return await act()
  } finally {
    await proxy.stop()
  }
}

/** As docs/operations.md has it; it says no instead of nothing, so that nobody waits. */
function forwardNothingElse(lab: Lab): void {
  forwardAll(lab)
  lab.firewall.nft(`table inet filter {
    chain forward {
      type filter hook forward priority filter; policy drop;
      ct state established,related accept
      meta mark and 0x00080000 != 0 accept
      reject with tcp reset
    }
  }`)
}

function forwardAll(lab: Lab): void {
  lab.firewall.nft('add table inet filter; delete table inet filter')
}

function problem(): string | undefined {
  if (python() === undefined) return 'there is no /usr/bin/python3'
  return firewallProblem() ?? tlsServerProblem(PROFTPD_TLS)
}

function actorsFor(context: TestContext, actors: Actors | undefined): Actors {
  requirePeers(context, [problem()])
  return actors ?? fail('the laboratory')
}

function fail(what: string): never {
  throw new Error(`missing: ${what}`)
}
