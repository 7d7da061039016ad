/**
 * Which addresses and ports a data connection has on its two legs, and which of them the peers are
 * told. An opening has four: the peer that connects, where it is told to connect, where the connection
 * really goes, and whom the other end sees. Where a listener intercepts, the client speaks to the
 * server's own address, and where it keeps the client's address, the server to the client's: there
 * nothing is translated, and the opening is a plain permission.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import { type Port, port } from '../../net/port.ts'
import type { DataPathName, Listener } from '../rules/ruleset.ts'

/** RFC 959 §3.2: the server's data port is the one below its control port, 21. */
const DATA_PORT = port(20)

/** Both ends of both legs of a control connection. */
export interface Legs {
  readonly client: Endpoint
  /** Our end of the client's leg; intercepted, the server's address. */
  readonly clientLocal: Endpoint
  readonly server: Endpoint
  /** Our end of the server's leg; kept, the client's address. */
  readonly serverLocal: Endpoint
}

export type Topology = Pick<Listener, 'intercept' | 'keepClientAddress' | 'nat' | 'publicAddress'>

/** An opening for one data connection, before its port is leased. */
export interface Opening {
  /** Where the peer is to connect. */
  readonly listen: {
    readonly address: Ip
    /** `leased`: one of the passive ports; `undefined`: the operating system picks one. */
    readonly port: Port | 'leased' | undefined
  }
  readonly dial: Endpoint
  /** Our end of the other leg, as the one who is dialled sees it. */
  readonly from: { readonly address: Ip; readonly port: Port | undefined }
}

/** For the client, who connects to what the server announced. */
export function passiveOpening(legs: Legs, topology: Topology, announced: Endpoint): Opening {
  const { clientLocal, serverLocal } = legs
  return {
    listen:
      topology.intercept === 'none'
        ? { address: clientLocal.address, port: 'leased' }
        : { address: announced.address, port: announced.port },
    dial: announced,
    from: { address: serverLocal.address, port: undefined },
  }
}

/** For the server, which connects to what the client announced. */
export function activeOpening(
  legs: Legs,
  topology: Topology,
  dataPath: DataPathName,
  announced: Endpoint,
): Opening {
  const { clientLocal, serverLocal } = legs
  // Nobody listens there, so the operating system cannot pick one.
  const chosen = dataPath === 'kernel' ? 'leased' : undefined
  return {
    listen: isClientShown(legs, topology)
      ? { address: announced.address, port: announced.port }
      : { address: serverLocal.address, port: chosen },
    dial: announced,
    from: { address: clientLocal.address, port: DATA_PORT },
  }
}

/**
 * For a server that was told nothing: it connects to the port that our control connection comes from,
 * and means the client's.
 */
export function defaultOpening({ client, clientLocal, serverLocal }: Legs): Opening {
  return {
    listen: serverLocal,
    dial: client,
    from: { address: clientLocal.address, port: DATA_PORT },
  }
}

/** Whether the server sees the client's own address, and so may be told it. */
function isClientShown({ client, serverLocal }: Legs, { keepClientAddress }: Topology): boolean {
  return keepClientAddress && serverLocal.address === client.address
}

/** What the client is told in the place of the server's announcement; a 229 names no address. */
export function toldToClient(
  form: '227' | '229',
  topology: Topology,
  legs: Legs,
  listening: Endpoint,
): Endpoint {
  if (topology.intercept !== 'none') return listening
  const { address } = legs.clientLocal
  return endpoint(form === '227' ? (topology.publicAddress ?? address) : address, listening.port)
}

/** What the server is told in the place of the client's announcement. */
export function toldToServer(topology: Topology, listening: Endpoint): Endpoint {
  const hidden = natAddress(topology, listening.address)
  return hidden === undefined ? listening : endpoint(hidden, listening.port)
}

/** How our end of the server's leg is to look, where the operating system is not to choose. */
export function serverLegFrom(
  topology: Topology,
  client: Ip,
  server: Ip,
  localAddresses: ReadonlySet<Ip>,
): { readonly from: Ip; readonly isTransparent?: true } | undefined {
  if (topology.keepClientAddress) return { from: client, isTransparent: true }
  const hidden = natAddress(topology, server)
  // An address of another router in front of this one cannot be bound here.
  return hidden === undefined || !localAddresses.has(hidden) ? undefined : { from: hidden }
}

/** Whether servers see another address than the client's own, which means nothing to them. */
export function isHidden(topology: Topology, client: Ip): boolean {
  return natAddress(topology, client) !== undefined
}

/** IPv6 clients are not hidden. */
function natAddress({ nat }: Topology, among: Ip): Ip | undefined {
  if (nat === undefined) return undefined
  return ipFamily(nat.publicAddress) === ipFamily(among) ? nat.publicAddress : undefined
}
