/**
 * The TLS tests of one server: each cell once direct and once through the proxy. What worked direct
 * must work through the proxy, but for what the proxy cannot carry by its nature.
 *
 * IPv4 only: the proxy listens under the server's own port numbers, so it needs another address, and
 * IPv6 has a single loopback address.
 */
import { type TestContext, afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Announcement } from '../support/peers/client.ts'
import { requirePeers } from '../support/peers/require.ts'
import type { TlsClientKind } from '../support/peers/tls-client.ts'
import { TLS_CLIENTS } from '../support/peers/tls-clients.ts'
import { type TlsServerKind, tlsServerProblem } from '../support/peers/tls/tls-server.ts'
import { tlsProxyProblem } from '../support/tls-proxy-process.ts'
import type { Way } from './cell.ts'
import { type TlsCell, type TlsCellReport, type TlsRow, formatTlsCell } from './tls-cell.ts'
import { knownTlsGap } from './tls-known-gaps.ts'
import { runTlsCell } from './tls-matrix.ts'
import { TlsStage } from './tls-stage.ts'

const WAYS: readonly Way[] = ['direct', 'proxy']

export function describeTlsServer(kind: TlsServerKind): void {
  describe.concurrent(`${kind.plain.name} with TLS`, () => {
    const stage = new TlsStage(kind)
    beforeAll(() => stage.open())
    afterAll(() => stage.close())
    for (const row of rowsOf(kind))
      for (const client of TLS_CLIENTS)
        if (client.securities.includes(row.security) && client.protections.includes(row.protection))
          describeTlsCell(stage, kind, client, { ...row, client: client.name })
  })
}

/** Every row of the matrix that the server offers. */
export function rowsOf(kind: TlsServerKind): readonly TlsRow[] {
  const row = { server: kind.plain.name, requiresReuse: false }
  const reuse = { ...row, requiresReuse: kind.canRequireReuse }
  return (['1.2', '1.3'] as const).flatMap((version): TlsRow[] => [
    { ...reuse, version, security: 'explicit', protection: 'P' },
    { ...row, version, security: 'explicit', protection: 'C' },
    ...(kind.begins.includes('implicit')
      ? [{ ...reuse, version, security: 'implicit', protection: 'P' } as const]
      : []),
    ...(kind.hasClearCommandChannel
      ? [
          { ...reuse, version, security: 'ccc', protection: 'P' } as const,
          { ...row, version, security: 'ccc', protection: 'C' } as const,
        ]
      : []),
  ])
}

function describeTlsCell(
  stage: TlsStage,
  kind: TlsServerKind,
  client: TlsClientKind,
  cell: TlsCell,
): void {
  const asked = client.announcements.filter(
    (announcement) => knownTlsGap(cell, announcement, 'direct') === undefined,
  )
  let direct: Promise<TlsCellReport> | undefined
  const runDirect = (): Promise<TlsCellReport> => (direct ??= run('direct', asked))

  async function run(way: Way, wanted: readonly Announcement[]): Promise<TlsCellReport> {
    const left = client.announcements.flatMap((operation) => {
      const reason = knownTlsGap(cell, operation, way)
      return reason === undefined ? [] : [{ operation, reason }]
    })
    const possible = wanted.filter(
      (announcement) => !left.some(({ operation }) => operation === announcement),
    )
    const laboratory = stage.laboratory(cell, client, way)
    return { ...(await runTlsCell(cell, client, way, laboratory, possible)), left }
  }

  function judge(context: TestContext, report: TlsCellReport): void {
    context.task.meta.tlsCell = report
    const problems = report.failed.map(({ operation, problem }) => `${operation}: ${problem}`)
    expect(problems.join('\n\n'), formatTlsCell(cell)).toBe('')
  }

  for (const way of WAYS) {
    const name = `${way}: ${formatTlsCell(cell)}`
    // The server takes data connections of the control connection's TLS session alone.
    test(cell.requiresReuse ? `D18 ${name}` : name, async (context) => {
      requireTlsPeers(context, kind, client, way)
      const report = await runDirect()
      judge(context, way === 'direct' ? report : await run(way, report.passed))
    })
  }
}

export function requireTlsPeers(
  context: TestContext,
  kind: TlsServerKind,
  client: TlsClientKind,
  way: Way,
): void {
  const proxy = way === 'proxy' ? tlsProxyProblem() : undefined
  requirePeers(context, [tlsServerProblem(kind), client.problem(), proxy])
}
