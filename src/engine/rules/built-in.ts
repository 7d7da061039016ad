/** The ruleset of `--listen` and `--server`: one listener before one server, no rule file. */
import type { Endpoint } from '../../net/endpoint.ts'
import { ipFamily } from '../../net/ip.ts'
import { familyBits } from '../../net/cidr.ts'
import { type PortRange, port } from '../../net/port.ts'
import { DEFAULTS } from './defaults.ts'
import type { DataPathName, ListenerTls, PacketLogOptions, Rule, Ruleset } from './ruleset.ts'

export interface FrontDoorOptions {
  readonly listen: Endpoint
  readonly server: Endpoint
  /** Default: as in a rule file without `passive-ports`. */
  readonly passivePorts?: PortRange
  /** Default: `relay`. */
  readonly dataPath?: DataPathName
  /** Default: as in a rule file without `packet-log`. */
  readonly packetLog?: PacketLogOptions
  /** The server's own passive range. Default: none, so opaque sessions get no data connections. */
  readonly serverPassivePorts?: PortRange
  /** Default: `explicit`. */
  readonly tls?: ListenerTls
}

/**
 * Permits every client this one server, in active and passive mode, on data ports from 1024.
 * Everything else is as in a rule file that says nothing about it.
 */
export function frontDoor(options: FrontDoorOptions): Ruleset {
  const { address } = options.server
  const server = [{ address, prefix: familyBits(ipFamily(address)) }]
  const dataPorts = { first: port(1024), last: port(65_535) }
  const permit: Pick<Rule, 'action' | 'fromPort' | 'profile'> = {
    action: 'permit',
    fromPort: undefined,
    profile: undefined,
  }
  return {
    workers: DEFAULTS.workers,
    listeners: [
      {
        name: 'front-door',
        listen: options.listen,
        intercept: 'none',
        interceptPort: DEFAULTS.interceptPort,
        interceptInterfaces: undefined,
        server: options.server,
        keepClientAddress: false,
        nat: undefined,
        tls: options.tls ?? DEFAULTS.listenerTls,
        serverPassivePorts: options.serverPassivePorts,
        publicAddress: undefined,
      },
    ],
    passivePorts: options.passivePorts ?? DEFAULTS.passivePorts,
    dataPath: options.dataPath ?? DEFAULTS.dataPath,
    reservePorts: DEFAULTS.reservePorts,
    profiles: new Map([['default', { name: 'default', ...DEFAULTS.profile }]]),
    rules: [
      {
        ...permit,
        kind: 'control',
        name: 'front door: control',
        from: undefined,
        to: server,
        port: { first: options.server.port, last: options.server.port },
      },
      {
        ...permit,
        kind: 'active-data',
        name: 'front door: active data',
        from: server,
        to: undefined,
        port: dataPorts,
      },
      {
        ...permit,
        kind: 'passive-data',
        name: 'front door: passive data',
        from: undefined,
        to: server,
        port: dataPorts,
      },
    ],
    timeouts: DEFAULTS.timeouts,
    limits: DEFAULTS.limits,
    packetLog: options.packetLog ?? DEFAULTS.packetLog,
  }
}
