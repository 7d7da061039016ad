/**
 * Small segments, loss and packets out of order: the control connection is cut into pieces wherever
 * it hurts, and a data connection may begin with a packet that was sent a second time.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cell, type Operation, formatCell } from '../interop/cell.ts'
import { serveFiles } from '../interop/files.ts'
import { type Laboratory, runCell } from '../interop/matrix.ts'
import type { ClientKind } from '../support/peers/client.ts'
import { BASIC_FTP } from '../support/peers/clients/basic-ftp.ts'
import { CURL } from '../support/peers/clients/curl.ts'
import { requirePeers } from '../support/peers/require.ts'
import { startServer } from '../support/peers/server.ts'
import { VSFTPD } from '../support/peers/vsftpd.ts'
import {
  DEPLOYMENTS,
  type DeploymentName,
  SERVER_PASSIVE_PORTS,
  type Site,
  serverEndpoint,
} from './support/deployment.ts'
import { CLIENT, type LabOptions } from './support/lab.ts'
import { firewallProblem } from './support/require.ts'
import { type RunningStage, openStage } from './support/stage.ts'

const OPERATIONS: readonly Operation[] = ['download 1 MiB', 'upload 1 MiB', 'list']
const CLIENTS: readonly ClientKind[] = [CURL, BASIC_FTP]

interface Line {
  readonly name: string
  readonly deployment: DeploymentName
  readonly options: LabOptions
}

const LINES: readonly Line[] = [
  ...[88, 216, 536, 1_220, 1_460].map(
    (mss): Line => ({ name: `MSS ${mss}`, deployment: 'front-door-kernel', options: { mss } }),
  ),
  { name: 'MSS 88', deployment: 'gateway-tproxy', options: { mss: 88 } },
  { name: '5 % loss', deployment: 'front-door-kernel', options: { lossPercent: 5 } },
  { name: '5 % loss', deployment: 'gateway-tproxy', options: { lossPercent: 5 } },
  { name: '5 % loss', deployment: 'nat-gateway', options: { lossPercent: 5 } },
  {
    name: '10 % out of order',
    deployment: 'front-door-kernel',
    options: { reorderPercent: 10 },
  },
]

for (const line of LINES) describeLine(line)

function describeLine({ name, deployment, options }: Line): void {
  // One after the other: this thread can be in one client at a time.
  describe(`${name}, ${deployment}`, () => {
    const laboratories = new Map<Site['family'], Laboratory>()
    let stage: RunningStage | undefined
    beforeAll(async () => {
      if ((firewallProblem() ?? VSFTPD.problem()) !== undefined) return
      stage = await openStage(
        DEPLOYMENTS[deployment],
        async ({ lab, atEnd }) => {
          for (const family of [4, 6] as const) {
            const { address, port } = serverEndpoint(siteOf(family))
            const place = { host: lab.server, port, passivePorts: SERVER_PASSIVE_PORTS }
            const server = await startServer(VSFTPD, address, place)
            atEnd(server.stop)
            laboratories.set(family, { server, served: await serveFiles(server.root), large: '' })
          }
          return ([4, 6] as const).map(siteOf)
        },
        options,
      )
    })
    afterAll(() => stage?.close())

    for (const client of CLIENTS)
      for (const family of [4, 6] as const)
        for (const announcement of client.announcements[family]) {
          const cell: Cell = {
            server: 'vsftpd',
            family,
            announcement,
            client: client.name,
            load: 'usual',
          }
          test.concurrent(formatCell(cell), async (context) => {
            requirePeers(context, [firewallProblem(), VSFTPD.problem(), client.problem()])
            const laboratory = laboratories.get(family)
            if (laboratory === undefined) throw new Error('nothing was started')
            const endpoint = DEPLOYMENTS[deployment].target(siteOf(family))
            const stop = (): Promise<void> => Promise.resolve()
            const front = { endpoint, source: CLIENT[family], stop }
            const report = await runCell(cell, client, deployment, front, laboratory, OPERATIONS)
            const problems = report.failed.map((each) => `${each.operation}: ${each.problem}`)
            expect(problems.join('\n\n'), formatCell(cell)).toBe('')
          })
        }
  })
}

function siteOf(family: Site['family']): Site {
  return { slot: 0, family, tls: 'explicit' }
}
