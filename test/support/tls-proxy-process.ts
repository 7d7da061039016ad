/** Portcullis itself, built, as a child process with one rule file and a listener for each server. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { type Ip, ip } from '../../src/net/ip.ts'
import { type PortRange, formatPortRange, port } from '../../src/net/port.ts'
import { freePort } from './peers/host.ts'
import { MAIN, type RunningPortcullis, portcullisProblem, startPortcullis } from './portcullis.ts'

/** A server behind the proxy, and when TLS begins there. */
export interface Door {
  readonly server: Endpoint
  readonly tls: 'explicit' | 'implicit'
  readonly serverPassivePorts: PortRange
}

export interface TlsProxyProcess extends RunningPortcullis {
  /** Where each door listens, in the order of the doors. */
  readonly endpoints: readonly Endpoint[]
}

/** Leased for clear sessions; above it are the servers' own ranges. */
const PASSIVE_PORTS: PortRange = { first: port(55_000), last: port(55_499) }

let problem: string | undefined | null = null

/** Why it cannot be started, or `undefined` when it can. */
export function tlsProxyProblem(): string | undefined {
  if (problem === null) problem = findProblem()
  return problem
}

/** A build from before rule files knew encrypted sessions says so itself. */
function findProblem(): string | undefined {
  const missing = portcullisProblem()
  if (missing !== undefined) return missing
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-check-'))
  const file = join(directory, 'rules.yaml')
  const door: Door = {
    server: endpoint(ip('127.0.0.2'), port(2_121)),
    tls: 'implicit',
    serverPassivePorts: { first: port(61_000), last: port(61_099) },
  }
  try {
    const rules = formatRules([endpoint(ip('127.0.0.3'), port(2_121))], [door], 'log.jsonl')
    writeFileSync(file, rules)
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'check', file], {
      timeout: 10_000,
      encoding: 'utf8',
    })
    if (status === 0) return undefined
    // Without the position: it names a temporary file, and equal reasons are printed once.
    const first = / error (.*)/.exec(`${stdout}${stderr}`)?.[1] ?? `it ended with ${status}`
    return `this build does not accept rules for encrypted sessions: ${first}`
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Starts `portcullis run` with a listener on `address` for each door. */
export async function startTlsProxy(address: Ip, doors: readonly Door[]): Promise<TlsProxyProcess> {
  const endpoints: Endpoint[] = []
  for (const _ of doors) endpoints.push(endpoint(address, await freePort(address)))
  const running = await startPortcullis({
    args: (_, rules) => [rules],
    rules: (packetLog) => formatRules(endpoints, doors, packetLog),
    endpoints,
  })
  return { ...running, endpoints }
}

/** JSON is YAML, and quotes everything that wants quoting. */
function formatRules(
  endpoints: readonly Endpoint[],
  doors: readonly Door[],
  packetLog: string,
): string {
  const anyPort = '1024-65535'
  const clients = '127.0.0.0/8'
  const listeners = doors.flatMap((door, index) => {
    const listen = endpoints[index]
    if (listen === undefined) return []
    return [
      {
        name: `door ${index}`,
        listen: formatEndpoint(listen),
        server: formatEndpoint(door.server),
        tls: door.tls,
        'server-passive-ports': formatPortRange(door.serverPassivePorts),
      },
    ]
  })
  const rules = [...new Set(doors.map(({ server }) => server.address))].flatMap((server) => [
    { permit: 'control', from: clients, to: server, port: anyPort },
    { permit: 'active-data', from: server, to: clients, port: anyPort },
    { permit: 'passive-data', from: clients, to: server, port: anyPort },
  ])
  return `${JSON.stringify(
    {
      version: 1,
      listeners,
      'passive-ports': formatPortRange(PASSIVE_PORTS),
      rules,
      'packet-log': { path: packetLog },
    },
    undefined,
    2,
  )}\n`
}
