/** The matrix of clear sessions through one deployment: four servers, six clients, both families. */
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cell, type Load, OPERATIONS, type Operation, formatCell } from '../../interop/cell.ts'
import { REMOTE_LARGE, serveFiles, writeLargeFile } from '../../interop/files.ts'
import { knownGap } from '../../interop/known-gaps.ts'
import { type Laboratory, operationsOf, runCell } from '../../interop/matrix.ts'
import { CLIENTS } from '../../support/peers/clients.ts'
import { PROFTPD } from '../../support/peers/proftpd.ts'
import { PURE_FTPD } from '../../support/peers/pure-ftpd.ts'
import { PYFTPDLIB } from '../../support/peers/pyftpdlib.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { type ServerKind, startServer } from '../../support/peers/server.ts'
import { VSFTPD } from '../../support/peers/vsftpd.ts'
import {
  DEPLOYMENTS,
  type DeploymentName,
  SERVER_PASSIVE_PORTS,
  type Site,
  serverEndpoint,
} from './deployment.ts'
import { CLIENT } from './lab.ts'
import { firewallProblem, labProblem } from './require.ts'
import { type RunningStage, openStage } from './stage.ts'

const SERVERS: readonly ServerKind[] = [VSFTPD, PROFTPD, PURE_FTPD, PYFTPDLIB]

/** What tells deployments apart is the data path, and these take it both ways. */
const FEW: readonly Operation[] = ['download 1 MiB', 'upload 1 MiB', 'list']

interface Actor {
  readonly site: Site
  readonly laboratory: Laboratory
}

export function describeClearMatrix(name: DeploymentName, operations: 'all' | 'few'): void {
  const problem = (): string | undefined => (name === 'routed' ? labProblem() : firewallProblem())
  const wanted = operations === 'all' ? OPERATIONS : FEW
  describe.concurrent(`clear sessions, ${name}`, () => {
    const actors = new Map<string, Actor>()
    let stage: RunningStage | undefined
    beforeAll(async () => {
      if (problem() !== undefined) return
      stage = await openStage(DEPLOYMENTS[name], async ({ lab, atEnd }) => {
        for (const [slot, kind] of SERVERS.entries())
          for (const family of [4, 6] as const) {
            if (kind.problem() !== undefined) continue
            const site: Site = { slot, family, tls: 'explicit' }
            const { address, port } = serverEndpoint(site)
            const server = await startServer(kind, address, {
              host: lab.server,
              port,
              passivePorts: SERVER_PASSIVE_PORTS,
            })
            atEnd(server.stop)
            const served = await serveFiles(server.root)
            const path = join(server.root, REMOTE_LARGE)
            const large = operations === 'all' && family === 4 ? await writeLargeFile(path) : ''
            if (large !== '') await chmod(path, 0o644)
            actors.set(`${kind.name} ${family}`, { site, laboratory: { server, served, large } })
          }
        return [...actors.values()].map(({ site }) => site)
      })
    })
    afterAll(() => stage?.close())

    for (const kind of SERVERS)
      for (const client of CLIENTS)
        for (const family of [4, 6] as const)
          for (const announcement of client.announcements[family])
            for (const load of loadsOf(operations, client.name, family, announcement)) {
              const cell = { server: kind.name, family, announcement, client: client.name, load }
              test(formatCell(cell), async (context) => {
                requirePeers(context, [problem(), kind.problem(), client.problem()])
                const actor = actors.get(`${kind.name} ${family}`)
                if (actor === undefined) throw new Error('nothing was started')
                const possible = operationsOf(client, cell).filter(
                  (operation) => load === 'large' || wanted.includes(operation),
                )
                const left = possible.flatMap((operation) => {
                  const reason = knownGap(cell, operation, 'lab')
                  return reason === undefined ? [] : [{ operation, reason }]
                })
                const asked = possible.filter(
                  (operation) => !left.some((gap) => gap.operation === operation),
                )
                const front = {
                  endpoint: DEPLOYMENTS[name].target(actor.site),
                  source: CLIENT[family],
                  stop: () => Promise.resolve(),
                }
                const { laboratory } = actor
                const ran = await runCell(cell, client, name, front, laboratory, asked)
                const report = { ...ran, left }
                context.task.meta.interopCell = report
                const problems = report.failed.map((each) => `${each.operation}: ${each.problem}`)
                expect(problems.join('\n\n'), `${kind.name}: ${formatCell(cell)}`).toBe('')
              })
            }
  })
}

/** As in the interop laboratory: one client, passive and active, will do for large files. */
function loadsOf(
  operations: 'all' | 'few',
  client: Cell['client'],
  family: Cell['family'],
  announcement: Cell['announcement'],
): readonly Load[] {
  const isLarge =
    operations === 'all' &&
    client === 'curl' &&
    family === 4 &&
    (announcement === 'EPSV' || announcement === 'PORT')
  return isLarge ? ['usual', 'large'] : ['usual']
}
