/** Probes of encrypted sessions, with a real server: alone, and after CCC has made them clear again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { REMOTE, type Served, digestOfFile, serveFiles } from '../../interop/files.ts'
import { planOf } from '../../interop/tls-matrix.ts'
import type { TlsClientPlan, TlsStep, TlsVersion } from '../../support/peers/tls-client.ts'
import { type CccStep, runCccSessions } from '../../support/peers/tls-clients/ccc.ts'
import { CURL_TLS } from '../../support/peers/tls-clients/curl-tls.ts'
import { PROFTPD_TLS } from '../../support/peers/tls/proftpd-tls.ts'
import { type RunningTlsServer, startTlsServer } from '../../support/peers/tls/tls-server.ts'
import { SERVER_PASSIVE_PORTS } from './deployment.ts'
import { CLIENT, type Lab } from './lab.ts'
import type { Outcome } from './probe.ts'

/** A server with TLS behind a door. */
export interface TlsBehindDoor {
  readonly lab: Lab
  readonly door: Endpoint
  readonly server: RunningTlsServer
  readonly served: Served
}

export interface CccProbe {
  readonly name: string
  /** Whether the server has to name the door in its 227 itself. */
  readonly namesDoor: boolean
  readonly right: readonly Outcome[]
  readonly run: (target: TlsBehindDoor) => Promise<Outcome>
}

const VERSIONS: readonly TlsVersion[] = ['1.2', '1.3']

export const CCC_PROBES: readonly CccProbe[] = VERSIONS.flatMap((version) =>
  (['PASV', 'EPSV'] as const).flatMap((announcement): CccProbe[] => {
    const ccc = (noop: boolean) => (target: TlsBehindDoor) =>
      download(target, version, announcement, (plan, step) => {
        const steps: CccStep[] = noop ? [{ type: 'noop' }, step] : [step]
        const session = { ...plan, ending: 'answered', steps } as const
        return target.lab.client.within(() => runCccSessions([session], runOptions(plan)))
      })
    return [
      {
        name: `AUTH TLS, TLS ${version}, ${announcement}`,
        namesDoor: true,
        right: ['data'],
        run: (target) =>
          download(target, version, announcement, (plan, step) =>
            target.lab.client.within(() => CURL_TLS.run({ ...plan, security: 'explicit' }, [step])),
          ),
      },
      {
        name: `CCC, TLS ${version}, ${announcement} first`,
        namesDoor: false,
        right: ['data'],
        run: ccc(false),
      },
      {
        name: `CCC, TLS ${version}, NOOP and then ${announcement}`,
        namesDoor: false,
        right: ['data'],
        run: ccc(true),
      },
    ]
  }),
)

export async function startTlsBehind(
  lab: Lab,
  door: Endpoint,
  at: Endpoint,
  namesDoor: boolean,
): Promise<TlsBehindDoor> {
  const server = await startTlsServer(
    PROFTPD_TLS,
    at.address,
    {
      begins: 'explicit',
      requiresReuse: true,
      certifiedFor: [door.address],
      ...(namesDoor ? { announcedAddress: door.address } : {}),
    },
    { host: lab.server, port: at.port, passivePorts: SERVER_PASSIVE_PORTS },
  )
  return { lab, door, server, served: await serveFiles(server.root) }
}

async function download(
  { door, server, served }: TlsBehindDoor,
  version: TlsVersion,
  announcement: 'PASV' | 'EPSV',
  run: (plan: TlsClientPlan, step: TlsStep) => Promise<unknown>,
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-probe-'))
  try {
    const stop = (): Promise<void> => Promise.resolve()
    const front = { endpoint: door, source: CLIENT[4], stop }
    const cell = { security: 'ccc', version, protection: 'P' } as const
    const plan = planOf(cell, { server, served, front }, announcement, directory)
    const step = { type: 'download', remote: REMOTE['1 MiB'], local: 'file', announcement } as const
    await run({ ...plan, timeoutMs: PROBE_TIMEOUT_MS }, step)
    const digest = await digestOfFile(join(directory, 'file'))
    return digest === served.digests['1 MiB'] ? 'data' : 'wrong'
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A firewall that lost the thread leaves clients waiting. */
const PROBE_TIMEOUT_MS = 8_000

function runOptions(plan: TlsClientPlan): { readonly cwd: string; readonly timeoutMs: number } {
  return { cwd: plan.directory, timeoutMs: PROBE_TIMEOUT_MS }
}
