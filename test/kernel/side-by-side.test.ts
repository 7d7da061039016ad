/**
 * Side by side with the FTP helper of netfilter (`ct helper`), which does the same work packet by
 * packet: every probe is run through both, and nothing may come out right there and wrong here.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { formatPortRange, port } from '../../src/net/port.ts'
import { drawTable } from '../interop/matrix-table.ts'
import { requirePeers } from '../support/peers/require.ts'
import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import { tlsServerProblem } from '../support/peers/tls/tls-server.ts'
import type { RunningPortcullis } from '../support/portcullis.ts'
import { CCC_PROBES, type TlsBehindDoor, startTlsBehind } from './support/ccc-probes.ts'
import { SERVER_PASSIVE_PORTS, formatDeployment } from './support/deployment.ts'
import { startHelper } from './support/helper.ts'
import { Lab, doorAddress, serverAddress } from './support/lab.ts'
import { OUTCOMES, type Outcome, type World } from './support/probe.ts'
import { PROBES } from './support/probes.ts'
import { firewallProblem } from './support/require.ts'
import { ScriptedServer } from './support/scripted-server.ts'
import { startInFirewall } from './support/stage.ts'

const FIREWALLS = ['kernel helper', 'Portcullis'] as const
type Firewall = (typeof FIREWALLS)[number]

interface Door {
  readonly door: Endpoint
  readonly server: Endpoint
}

interface Stage {
  readonly world: World
  /** The server with TLS that names its own address, and the one that names the door. */
  readonly tls: ReadonlyMap<boolean, TlsBehindDoor>
}

interface Row {
  readonly name: string
  readonly right: readonly Outcome[]
  readonly outcomes: Readonly<Record<Firewall, Outcome>>
}

const [SCRIPTED, TLS, TLS_NAMES_DOOR] = [2_121, 21, 21].map((at, slot) => ({
  door: endpoint(doorAddress(slot, 4), port(21)),
  server: endpoint(serverAddress(slot, 4), port(at)),
})) as [Door, Door, Door]
const AT_ONCE = 8

const stages = new Map<Firewall, Stage>()
const stops: (() => unknown)[] = []

function problem(): string | undefined {
  return firewallProblem() ?? tlsServerProblem(PROFTPD_TLS)
}

beforeAll(async () => {
  if (problem() !== undefined) return
  for (const firewall of FIREWALLS) {
    const lab = new Lab({ serverKnowsClient: false })
    stops.push(() => lab.close())
    const server = new ScriptedServer(lab.server, { port: SCRIPTED.server.port })
    stops.push(() => server.close())
    const tls = new Map<boolean, TlsBehindDoor>()
    for (const [namesDoor, { door, server: at }] of [
      [false, TLS],
      [true, TLS_NAMES_DOOR],
    ] as const) {
      const target = await startTlsBehind(lab, door, at, namesDoor)
      stops.push(target.server.stop)
      tls.set(namesDoor, target)
    }
    const doors = [SCRIPTED, TLS, TLS_NAMES_DOOR]
    if (firewall === 'kernel helper') startHelper(lab, doors)
    else stops.push((await startDoors(lab, doors)).stop)
    const { client } = lab
    const { door } = SCRIPTED
    const world = { client, server, serverAddress: SCRIPTED.server.address, door }
    stages.set(firewall, { world, tls })
  }
})

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop()
})

function startDoors(lab: Lab, doors: readonly Door[]): Promise<RunningPortcullis> {
  const listeners = doors.map(({ door, server }, index) => ({
    name: `door ${index}`,
    listen: formatEndpoint(door),
    server: formatEndpoint(server),
    'server-passive-ports': formatPortRange(SERVER_PASSIVE_PORTS),
  }))
  return startInFirewall(lab, {
    args: (_, rules) => [rules],
    // As tolerant as the helper is: which lines get through is a matter of the probes.
    rules: (packetLog) =>
      formatDeployment(listeners, packetLog, {
        profiles: { default: { 'line-ending': 'tolerant' } },
      }),
    endpoints: doors.map(({ door }) => door),
  })
}

function stageOf(firewall: Firewall): Stage {
  const stage = stages.get(firewall)
  if (stage === undefined) throw new Error('nothing was started')
  return stage
}

/** Both firewalls take each probe at the same time. */
async function compare<Probe extends { readonly name: string; readonly right: Row['right'] }>(
  probes: readonly Probe[],
  run: (probe: Probe, stage: Stage, index: number) => Promise<Outcome>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const waiting = probes.entries()
  const work = async (): Promise<void> => {
    for (const [index, probe] of waiting) {
      const [helper, portcullis] = await Promise.all(
        FIREWALLS.map((firewall) => run(probe, stageOf(firewall), index)),
      )
      if (helper === undefined || portcullis === undefined) throw new Error('two were run')
      const outcomes = { 'kernel helper': helper, Portcullis: portcullis }
      rows[index] = { name: probe.name, right: probe.right, outcomes }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return rows
}

function drawRows(title: string, rows: readonly Row[]): string {
  const mark = ({ right, outcomes }: Row, firewall: Firewall): string =>
    `${right.includes(outcomes[firewall]) ? '✓' : '✗'} ${outcomes[firewall]}`
  const words = new Set(rows.flatMap(({ outcomes }) => Object.values(outcomes)))
  return [
    `Side by side with the kernel helper: ${title}`,
    drawTable([
      ['probe', ...FIREWALLS, 'right'],
      ...rows.map((row) => [
        row.name,
        ...FIREWALLS.map((firewall) => mark(row, firewall)),
        row.right.join(' or '),
      ]),
    ]),
    ...[...words].toSorted().map((word) => `${word}: ${OUTCOMES[word]}`),
  ].join('\n')
}

/** What is right with the helper and wrong with Portcullis. */
function worse(rows: readonly Row[]): readonly string[] {
  return rows
    .filter(({ right, outcomes }) => right.includes(outcomes['kernel helper']))
    .filter(({ right, outcomes }) => !right.includes(outcomes.Portcullis))
    .map(({ name, outcomes }) => `${name}: ${outcomes.Portcullis}`)
}

test('clear sessions: no probe comes out right there and wrong here', async (context) => {
  requirePeers(context, [problem()])
  const rows = await compare(PROBES, (probe, { world }, index) =>
    probe.run(world, `probe-${index}`),
  )
  context.task.meta.summary = drawRows('clear sessions', rows)
  expect(worse(rows)).toEqual([])
})

test('encrypted sessions and CCC: no probe comes out right there and wrong here', async (context) => {
  requirePeers(context, [problem()])
  const rows = await compare(CCC_PROBES, (probe, { tls }) => {
    const target = tls.get(probe.namesDoor)
    if (target === undefined) throw new Error('nothing was started')
    return probe.run(target)
  })
  context.task.meta.summary = drawRows('encrypted sessions', rows)
  expect(worse(rows)).toEqual([])
})
