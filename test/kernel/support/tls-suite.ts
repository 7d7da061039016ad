/**
 * The matrix of encrypted sessions through one deployment. What the proxy cannot read it cannot
 * rewrite: passive clients that heed the address in a 227 need a server that names the right one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IpFamily } from '../../../src/net/ip.ts'
import { serveFiles } from '../../interop/files.ts'
import { type TlsCell, formatTlsCell } from '../../interop/tls-cell.ts'
import { knownTlsGap } from '../../interop/tls-known-gaps.ts'
import { type TlsLaboratory, runTlsCell } from '../../interop/tls-matrix.ts'
import { rowsOf } from '../../interop/tls-suite.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { TLS_CLIENTS } from '../../support/peers/tls-clients.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { PURE_FTPD_TLS } from '../../support/peers/tls/pure-ftpd-tls.ts'
import { PYFTPDLIB_TLS } from '../../support/peers/tls/pyftpdlib-tls.ts'
import {
  type RunningTlsServer,
  type TlsServerKind,
  startTlsServer,
  tlsServerProblem,
} from '../../support/peers/tls/tls-server.ts'
import { VSFTPD_TLS } from '../../support/peers/tls/vsftpd-tls.ts'
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

/** All that differs between data paths: passive and active, opaque and clear again. */
export function isTelling({ client, version }: TlsCell): boolean {
  return version === '1.3' && ['curl', 'ftplib', 'scripted'].includes(client)
}

/** Which cells a deployment is tried with. */
export interface TlsSelection {
  readonly family: IpFamily
  readonly has: (cell: TlsCell) => boolean
}

interface Actor {
  readonly kind: TlsServerKind
  readonly site: Site
  /** Whether its 227 names the address that clients connect to instead of its own. */
  readonly namesDoor: boolean
  readonly server: RunningTlsServer
  readonly laboratory: TlsLaboratory
}

const KINDS: readonly TlsServerKind[] = [VSFTPD_TLS, PROFTPD_TLS, PURE_FTPD_TLS, PYFTPDLIB_TLS]

export function describeTlsMatrix(name: DeploymentName, selection: TlsSelection): void {
  const { family } = selection
  const deployment = DEPLOYMENTS[name]
  const hasDoors = name === 'front-door-kernel'
  const problem = (): string | undefined => (name === 'routed' ? labProblem() : firewallProblem())
  // Families come one after the other: this thread can be in one client at a time.
  describe(`encrypted sessions over IPv${family}, ${name}`, () => {
    const actors: Actor[] = []
    let stage: RunningStage | undefined
    // Where PORT cannot be read it cannot be rewritten: the server must be able to do as it is told.
    const lab = name === 'nat-gateway' ? {} : { serverKnowsClient: true }
    beforeAll(async () => {
      if (problem() !== undefined) return
      stage = await openStage(
        deployment,
        async ({ lab: { server: host }, atEnd }) => {
          for (const kind of KINDS) {
            if (tlsServerProblem(kind) !== undefined) continue
            for (const begins of kind.begins)
              for (const namesDoor of hasDoors && family === 4 ? [false, true] : [false]) {
                const site: Site = { slot: actors.length, family, tls: begins }
                const { address, port } = serverEndpoint(site)
                const endpoint = deployment.target(site)
                const server = await startTlsServer(
                  kind,
                  address,
                  {
                    begins,
                    requiresReuse: kind.canRequireReuse,
                    connectsAnywhere: true,
                    certifiedFor: [endpoint.address],
                    ...(namesDoor ? { announcedAddress: endpoint.address } : {}),
                  },
                  { host, port, passivePorts: SERVER_PASSIVE_PORTS },
                )
                atEnd(server.stop)
                const served = await serveFiles(server.root)
                const stop = (): Promise<void> => Promise.resolve()
                const front = { endpoint, source: CLIENT[family], stop }
                actors.push({
                  kind,
                  site,
                  namesDoor,
                  server,
                  laboratory: { server, served, front },
                })
              }
          }
          return actors.map(({ site }) => site)
        },
        lab,
      )
    })
    afterAll(() => stage?.close())

    for (const kind of KINDS)
      for (const row of rowsOf(kind))
        for (const client of TLS_CLIENTS) {
          const cell: TlsCell = { ...row, client: client.name }
          const isPossible =
            client.securities.includes(row.security) && client.protections.includes(row.protection)
          if (!isPossible || !selection.has(cell)) continue
          test.concurrent(`${kind.plain.name}, ${formatTlsCell(cell)}`, async (context) => {
            requirePeers(context, [problem(), tlsServerProblem(kind), client.problem()])
            const begins = cell.security === 'implicit' ? 'implicit' : 'explicit'
            const namesDoor = hasDoors && family === 4 && cell.security !== 'ccc'
            const actor = actors.find(
              (each) =>
                each.kind === kind && each.site.tls === begins && each.namesDoor === namesDoor,
            )
            if (actor === undefined) throw new Error('nothing was started')
            const offered = client.announcements.filter(
              (announcement) => family === 4 || announcement === 'EPSV' || announcement === 'EPRT',
            )
            const left = offered.flatMap((operation) => {
              const reason = knownTlsGap(cell, operation, name)
              return reason === undefined ? [] : [{ operation, reason }]
            })
            const asked = offered.filter(
              (announcement) => !left.some(({ operation }) => operation === announcement),
            )
            const { laboratory } = actor
            const ran = await runTlsCell(cell, client, name, laboratory, asked)
            const report = { ...ran, family, left }
            context.task.meta.tlsCell = report
            const problems = report.failed.map((each) => `${each.operation}: ${each.problem}`)
            expect(problems.join('\n\n'), formatTlsCell(cell)).toBe('')
          })
        }
  })
}
