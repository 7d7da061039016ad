/**
 * The tests of one server: each cell once direct and once through the proxy. What worked direct
 * must work through the proxy.
 */
import { chmod } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type TestContext, afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ip, ip, ipFamily } from '../../src/net/ip.ts'
import type { ClientKind } from '../support/peers/client.ts'
import { CLIENTS } from '../support/peers/clients.ts'
import { requirePeers } from '../support/peers/require.ts'
import { type RunningServer, type ServerKind, startServer } from '../support/peers/server.ts'
import {
  type Cell,
  type CellReport,
  type Load,
  type Operation,
  type Way,
  formatCell,
} from './cell.ts'
import { REMOTE_LARGE, serveFiles, writeLargeFile } from './files.ts'
import { DIRECT, type Front, type RunningFront } from './front.ts'
import { knownGap } from './known-gaps.ts'
import { type Laboratory, operationsOf, runCell } from './matrix.ts'
import { PROXY } from './proxy-front.ts'

const FRONTS: readonly Front[] = [DIRECT, PROXY]
const ADDRESSES: readonly Ip[] = [ip('127.0.0.2'), ip('::1')]

export function describeServer(kind: ServerKind): void {
  for (const address of ADDRESSES) describeAddress(kind, address)
}

interface Stage {
  laboratory: Laboratory | undefined
  readonly fronts: Map<Way, RunningFront>
}

function describeAddress(kind: ServerKind, address: Ip): void {
  const family = ipFamily(address)
  describe.concurrent(`${kind.name} over IPv${family}`, () => {
    const stage: Stage = { laboratory: undefined, fronts: new Map() }
    beforeAll(async () => {
      if (kind.problem() === undefined && hasAddress(address)) await open(stage, kind, address)
    })
    afterAll(() => close(stage))
    for (const client of CLIENTS)
      for (const announcement of client.announcements[family]) {
        const cell = { server: kind.name, family, announcement, client: client.name }
        for (const load of loadsOf(cell)) describeCell(stage, kind, client, { ...cell, load })
      }
  })
}

/** It is the data path that large files try: one client, passive and active, will do. */
function loadsOf(cell: Omit<Cell, 'load'>): readonly Load[] {
  const isLarge =
    cell.client === 'curl' &&
    cell.family === 4 &&
    (cell.announcement === 'EPSV' || cell.announcement === 'PORT')
  return isLarge ? ['usual', 'large'] : ['usual']
}

function describeCell(stage: Stage, kind: ServerKind, client: ClientKind, cell: Cell): void {
  const operations = operationsOf(client, cell)
  const left = operations.flatMap((operation) => {
    const reason = knownGap(cell, operation, 'loopback')
    return reason === undefined ? [] : [{ operation, reason }]
  })
  const asked = operations.filter((operation) => !left.some((gap) => gap.operation === operation))
  let direct: Promise<CellReport> | undefined
  const runDirect = (): Promise<CellReport> => (direct ??= run(stage, DIRECT.way, asked))

  async function run(on: Stage, way: Way, wanted: readonly Operation[]): Promise<CellReport> {
    const { laboratory } = on
    const front = on.fronts.get(way)
    if (laboratory === undefined || front === undefined) throw new Error('nothing was started')
    return { ...(await runCell(cell, client, way, front, laboratory, wanted)), left }
  }

  function judge(context: TestContext, report: CellReport): void {
    context.task.meta.interopCell = report
    const problems = report.failed.map(({ operation, problem }) => `${operation}: ${problem}`)
    expect(problems.join('\n\n'), formatCell(cell)).toBe('')
  }

  for (const front of FRONTS)
    test(`${front.way}: ${formatCell(cell)}`, async (context) => {
      requireCell(context, kind, client, front, cell)
      const report = await runDirect()
      judge(context, front.way === 'direct' ? report : await run(stage, front.way, report.passed))
    })
}

function requireCell(
  context: TestContext,
  kind: ServerKind,
  client: ClientKind,
  front: Front,
  cell: Cell,
): void {
  // Some containers have no IPv6, and no package gives it to them.
  if (cell.family === 6 && !hasAddress(ip('::1'))) context.skip('no IPv6 loopback address')
  requirePeers(context, [kind.problem(), client.problem(), front.problem()])
}

function hasAddress(address: Ip): boolean {
  if (ipFamily(address) === 4) return true
  return Object.values(networkInterfaces()).some((interfaces) =>
    interfaces?.some((entry) => entry.address === address),
  )
}

async function open(stage: Stage, kind: ServerKind, address: Ip): Promise<void> {
  const server = await startServer(kind, address)
  stage.laboratory = { server, served: await serveFiles(server.root), large: '' }
  if (ipFamily(address) === 4) stage.laboratory = await addLargeFile(stage.laboratory, server)
  for (const front of FRONTS)
    if (front.problem() === undefined) stage.fronts.set(front.way, await front.start(server))
}

async function addLargeFile(laboratory: Laboratory, server: RunningServer): Promise<Laboratory> {
  const path = join(server.root, REMOTE_LARGE)
  const large = await writeLargeFile(path)
  await chmod(path, 0o644)
  return { ...laboratory, large }
}

/** Everything is stopped, then the first front that did not last is reported. */
async function close(stage: Stage): Promise<void> {
  const outcomes = await Promise.allSettled([...stage.fronts.values()].map((front) => front.stop()))
  await stage.laboratory?.server.stop()
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
