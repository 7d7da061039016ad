/**
 * The ways in which Portcullis stands between clients and servers with the kernel carrying the
 * bytes, and for comparison a router that only routes.
 */
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import type { Ip, IpFamily } from '../../../src/net/ip.ts'
import { type Port, type PortRange, formatPortRange, port } from '../../../src/net/port.ts'
import {
  CLIENT,
  CLIENT_NETWORK,
  OUTSIDE,
  SERVER_NETWORK,
  doorAddress,
  serverAddress,
} from './lab.ts'

export const DEPLOYMENT_NAMES = [
  'routed',
  'front-door-kernel',
  'gateway-redirect',
  'gateway-tproxy',
  'nat-gateway',
] as const

export type DeploymentName = (typeof DEPLOYMENT_NAMES)[number]

/** One server program of the laboratory: where it is, and when TLS begins there. */
export interface Site {
  readonly slot: number
  readonly family: IpFamily
  readonly tls: 'explicit' | 'implicit'
}

export interface Deployment {
  readonly name: DeploymentName
  /** Where clients connect to in order to reach a server. */
  readonly target: (site: Site) => Endpoint
  /** From where the server sees connections of the client. */
  readonly seenAs: Readonly<Record<IpFamily, Ip>>
  readonly serverKnowsClient: boolean
  /** `undefined`: nobody stands between. */
  readonly listeners: ((sites: readonly Site[]) => readonly object[]) | undefined
  /** Where the process accepts once it has started. */
  readonly listens: (sites: readonly Site[]) => readonly Endpoint[]
  /** Options of `portcullis run` besides the rule file. */
  readonly options: readonly string[]
}

/** Every server uses the same, on an address of its own. */
export const SERVER_PASSIVE_PORTS: PortRange = { first: port(61_000), last: port(61_099) }
/** Leased by front doors. */
export const PASSIVE_PORTS: PortRange = { first: port(50_000), last: port(50_999) }

const CONTROL_PORT: Readonly<Record<Site['tls'], Port>> = {
  explicit: port(21),
  implicit: port(990),
}

/** Of gateways, which clients do not know of. */
const LISTEN_PORT: Readonly<Record<Site['tls'], Port>> = {
  explicit: port(2_121),
  implicit: port(2_990),
}

export function serverEndpoint({ slot, family, tls }: Site): Endpoint {
  return endpoint(serverAddress(slot, family), CONTROL_PORT[tls])
}

function doorEndpoint({ slot, family, tls }: Site): Endpoint {
  return endpoint(doorAddress(slot, family), CONTROL_PORT[tls])
}

const ROUTED: Deployment = {
  name: 'routed',
  target: serverEndpoint,
  seenAs: CLIENT,
  serverKnowsClient: true,
  listeners: undefined,
  listens: () => [],
  options: [],
}

const FRONT_DOOR: Deployment = {
  name: 'front-door-kernel',
  target: doorEndpoint,
  seenAs: OUTSIDE,
  // A connection that does not come from the firewall shows itself by getting no answer.
  serverKnowsClient: false,
  listeners: (sites) =>
    sites.map((site) => ({
      name: `door ${site.slot} IPv${site.family}`,
      listen: formatEndpoint(doorEndpoint(site)),
      server: formatEndpoint(serverEndpoint(site)),
      tls: site.tls,
      'server-passive-ports': formatPortRange(SERVER_PASSIVE_PORTS),
    })),
  listens: (sites) => sites.map(doorEndpoint),
  options: [],
}

const REDIRECT: Deployment = gateway('gateway-redirect', 'redirect', OUTSIDE, {})

const TPROXY: Deployment = gateway('gateway-tproxy', 'tproxy', CLIENT, {
  'keep-client-address': true,
})

/** IPv6 needs no translation of addresses: there it is the plain gateway. */
const NAT: Deployment = gateway('nat-gateway', 'redirect', OUTSIDE, {
  nat: { 'public-address': OUTSIDE[4] },
})

export const DEPLOYMENTS: Readonly<Record<DeploymentName, Deployment>> = {
  routed: ROUTED,
  'front-door-kernel': FRONT_DOOR,
  'gateway-redirect': REDIRECT,
  'gateway-tproxy': TPROXY,
  'nat-gateway': NAT,
}

/** One listener for each kind of TLS, whatever the servers. */
function gateway(
  name: DeploymentName,
  intercept: 'redirect' | 'tproxy',
  seenAs: Deployment['seenAs'],
  keys: object,
): Deployment {
  const listensAt = (tls: Site['tls'], sites: readonly Site[]): string => {
    const isIpv4 = sites.every(({ family }) => family === 4)
    return `${isIpv4 ? '0.0.0.0' : '[::]'}:${LISTEN_PORT[tls]}`
  }
  return {
    name,
    target: serverEndpoint,
    seenAs,
    serverKnowsClient: seenAs === CLIENT,
    listeners: (sites) =>
      beginningsOf(sites).map((tls) => ({
        name: `${intercept} ${tls}`,
        listen: listensAt(tls, sites),
        intercept,
        'intercept-port': CONTROL_PORT[tls],
        'intercept-interfaces': ['f0'],
        server: 'original-destination',
        tls,
        'server-passive-ports': formatPortRange(SERVER_PASSIVE_PORTS),
        ...keys,
      })),
    listens: (sites) => beginningsOf(sites).map((tls) => endpoint(OUTSIDE[4], LISTEN_PORT[tls])),
    options: ['--install-intercept'],
  }
}

function beginningsOf(sites: readonly Site[]): readonly Site['tls'][] {
  return [...new Set(sites.map(({ tls }) => tls))]
}

/** The rule file. JSON is YAML, and quotes everything that wants quoting. */
export function formatDeployment(
  listeners: readonly object[],
  packetLog: string,
  keys: object = {},
): string {
  const rules = ([4, 6] as const).flatMap((family) => {
    const [clients, servers] = [CLIENT_NETWORK[family], SERVER_NETWORK[family]]
    // The other hosts of the client's network may not so much as open a session.
    return [
      { permit: 'control', from: CLIENT[family], to: servers },
      { permit: 'active-data', from: servers, to: clients, port: '1024-65535' },
      { permit: 'passive-data', from: clients, to: servers, port: '1024-65535' },
    ]
  })
  const file = {
    version: 1,
    'data-path': 'kernel',
    listeners,
    'passive-ports': formatPortRange(PASSIVE_PORTS),
    rules,
    'packet-log': { path: packetLog },
    ...keys,
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}
