/** What a soak runs against: real servers, a hostile one, and one Portcullis before all of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { type Ip, ip } from '../../src/net/ip.ts'
import { type PortRange, formatPortRange, port } from '../../src/net/port.ts'
import { freePort } from '../support/peers/host.ts'
import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import { PURE_FTPD_TLS } from '../support/peers/tls/pure-ftpd-tls.ts'
import { PYFTPDLIB_TLS } from '../support/peers/tls/pyftpdlib-tls.ts'
import {
  type RunningTlsServer,
  type TlsBeginning,
  type TlsServerKind,
  startTlsServer,
  tlsServerProblem,
} from '../support/peers/tls/tls-server.ts'
import { VSFTPD_TLS } from '../support/peers/tls/vsftpd-tls.ts'
import {
  type RunningPortcullis,
  portcullisProblem,
  startPortcullis,
} from '../support/portcullis.ts'
import { type HostileServer, startHostileServer } from './hostile-server.ts'

const KINDS: readonly TlsServerKind[] = [VSFTPD_TLS, PROFTPD_TLS, PURE_FTPD_TLS, PYFTPDLIB_TLS]

/** A listener of Portcullis and the real server behind it. */
export interface Door {
  readonly kind: TlsServerKind
  readonly begins: TlsBeginning
  readonly server: RunningTlsServer
  readonly at: Endpoint
}

export interface Setting {
  readonly doors: readonly Door[]
  readonly hostileDoor: Endpoint
  readonly hostile: HostileServer
  readonly proxy: RunningPortcullis
  readonly proxyAddress: Ip
  readonly passivePorts: PortRange
  readonly sessionsPerClient: number
  readonly adminSocket: string
  readonly packetLog: string
  /** For the files of clients. */
  readonly directory: string
  /** Writes a rule file that differs from the one before, for the next SIGHUP to read. */
  readonly changeRules: () => Promise<void>
  readonly stop: () => Promise<void>
}

export interface SettingOptions {
  /** From one client at a time. */
  readonly sessionsPerClient: number
  /** Of each place in it, no other laboratory of this machine has the addresses. */
  readonly place: number
}

const PASSIVE_PORTS: PortRange = { first: port(55_000), last: port(55_099) }
const HOSTILE_PASSIVE_PORTS: PortRange = { first: port(55_200), last: port(55_209) }

/** Why a soak cannot run here, or `undefined` when it can. */
export function settingProblem(): string | undefined {
  const problems = [portcullisProblem(), ...KINDS.map(tlsServerProblem)]
  return problems.find((problem) => problem !== undefined)
}

export async function openSetting(options: SettingOptions): Promise<Setting> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-soak-'))
  const stops: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const each of stops.toReversed()) await each().catch((error) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    return await open(options, { directory, stops, stop })
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
}

interface Ground {
  readonly directory: string
  /** What was started, to be ended in reverse order. */
  readonly stops: (() => Promise<void>)[]
  readonly stop: () => Promise<void>
}

async function open(options: SettingOptions, ground: Ground): Promise<Setting> {
  const { directory, stops } = ground
  const place = `${(options.place >> 8) & 0xff}.${options.place & 0xff}`
  const proxyAddress = ip(`127.31.${place}`)
  const serverAddress = ip(`127.32.${place}`)
  const hostile = await startHostileServer(serverAddress)
  stops.push(() => hostile.stop())
  const doors: Door[] = []
  for (const kind of KINDS)
    for (const begins of kind.begins) {
      const server = await startTlsServer(kind, serverAddress, {
        begins,
        requiresReuse: kind.canRequireReuse,
        certifiedFor: [proxyAddress],
      })
      stops.push(() => server.stop())
      doors.push({ kind, begins, server, at: await freeEndpoint(proxyAddress) })
    }
  const hostileDoor = await freeEndpoint(proxyAddress)
  const rules = join(directory, 'rules.yaml')
  const packetLog = join(directory, 'portcullis.log.jsonl')
  const adminSocket = join(directory, 'admin.sock')
  let version = 0
  const changeRules = async (): Promise<void> => {
    version += 1
    const plan = { doors, hostileDoor, hostile: hostile.endpoint, packetLog, version }
    await writeFile(rules, formatRules(plan, options), { mode: 0o600 })
  }
  await changeRules()
  const proxy = await startPortcullis({
    args: () => [rules, '--admin-socket', adminSocket],
    endpoints: [...doors.map(({ at }) => at), hostileDoor],
  })
  stops.push(() => proxy.stop())
  return {
    doors,
    hostileDoor,
    hostile,
    proxy,
    proxyAddress,
    passivePorts: PASSIVE_PORTS,
    sessionsPerClient: options.sessionsPerClient,
    adminSocket,
    packetLog,
    directory,
    changeRules,
    stop: ground.stop,
  }
}

async function freeEndpoint(address: Ip): Promise<Endpoint> {
  return endpoint(address, await freePort(address))
}

interface RulePlan {
  readonly doors: readonly Door[]
  readonly hostileDoor: Endpoint
  readonly hostile: Endpoint
  readonly packetLog: string
  readonly version: number
}

/** JSON is YAML, and quotes everything that wants quoting. */
function formatRules(plan: RulePlan, { sessionsPerClient }: SettingOptions): string {
  const server = plan.hostile.address
  const clients = '127.0.0.0/8'
  const anyPort = '1024-65535'
  const listeners = [
    ...plan.doors.map(({ kind, begins, server: real, at }) => ({
      name: `${kind.plain.name} ${begins}`,
      listen: formatEndpoint(at),
      server: formatEndpoint(real.endpoint),
      tls: begins,
      'server-passive-ports': formatPortRange(real.passivePorts),
    })),
    {
      name: 'hostile',
      listen: formatEndpoint(plan.hostileDoor),
      server: formatEndpoint(plan.hostile),
      'server-passive-ports': formatPortRange(HOSTILE_PASSIVE_PORTS),
    },
  ]
  const rules = [
    // What differs from one reading to the next; nobody has this address.
    { deny: 'control', from: '127.255.255.254', to: server, name: `reading ${plan.version}` },
    { permit: 'control', from: clients, to: server, port: anyPort },
    { permit: 'active-data', from: server, to: clients, port: anyPort },
    { permit: 'passive-data', from: clients, to: server, port: anyPort },
  ]
  return `${JSON.stringify(
    {
      version: 1,
      listeners,
      'passive-ports': formatPortRange(PASSIVE_PORTS),
      rules,
      // Short, so that a run of two minutes sees them come, and nobody is left when it has settled.
      timeouts: {
        greeting: '10s',
        login: '20s',
        line: '5s',
        pinhole: '10s',
        'data-connect': '10s',
        'control-idle': '30s',
        'data-idle': '30s',
      },
      limits: { 'sessions-per-client': sessionsPerClient },
      'packet-log': { path: plan.packetLog },
    },
    undefined,
    2,
  )}\n`
}
