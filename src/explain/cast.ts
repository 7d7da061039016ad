/**
 * Who takes part in a simulated session, and at which addresses. What the rule file does not say is
 * made up: addresses for documentation (RFC 5737, RFC 3849), or loopback where the file is for one
 * machine.
 */
import { isLoopback } from '../engine/nat/address-policy.ts'
import { type Listener, ORIGINAL_DESTINATION } from '../engine/rules/ruleset.ts'
import { type Endpoint, endpoint } from '../net/endpoint.ts'
import { type Ip, type IpFamily, ip, ipFamily } from '../net/ip.ts'
import { port } from '../net/port.ts'

export interface Cast {
  readonly listener: Listener
  readonly client: Endpoint
  readonly server: Endpoint
  /** Where the client connects to, as it knows it. */
  readonly known: Endpoint
  /** Whether that address is made up, since the rule file names none. */
  readonly isKnownInvented: boolean
  /** Our end of the client's connection. */
  readonly local: Endpoint
  /** Our address towards the server. */
  readonly inside: Ip
}

const CONTROL_PORT = port(40_000)

const INVENTED = {
  outside: { 4: '203.0.113.200', 6: '2001:db8:cb::200' },
  inside: { 4: '192.0.2.200', 6: '2001:db8:c0::200' },
  server: { 4: '192.0.2.21', 6: '2001:db8:c0::21' },
  loopback: { 4: '127.0.0.1', 6: '::1' },
} as const satisfies Record<string, Record<IpFamily, string>>

/** The server of a session: the listener's own, or for those that serve all of them `wanted`. */
export function serverOf(listener: Listener, family: IpFamily, wanted: Ip | undefined): Endpoint {
  if (listener.server !== ORIGINAL_DESTINATION) return listener.server
  const isWanted = wanted !== undefined && ipFamily(wanted) === family
  return endpoint(isWanted ? wanted : ip(INVENTED.server[family]), listener.interceptPort)
}

/** What the server sees of this host: where clients are hidden, the address that hides them. */
function insideAddress({ nat }: Listener, { address }: Endpoint): Ip {
  const family = ipFamily(address)
  if (nat !== undefined && ipFamily(nat.publicAddress) === family) return nat.publicAddress
  return ip((isLoopback(address) ? INVENTED.loopback : INVENTED.inside)[family])
}

/** `undefined`: clients of this family cannot connect there at all. */
export function castOf(listener: Listener, client: Ip, server: Endpoint): Cast | undefined {
  const family = ipFamily(client)
  const known = knownEndpoint(listener, family, server)
  if (known === undefined) return undefined
  return {
    listener,
    client: endpoint(client, CONTROL_PORT),
    server,
    known,
    isKnownInvented: known.address === INVENTED.outside[family],
    local: localEndpoint(listener, family, known),
    inside: insideAddress(listener, server),
  }
}

function knownEndpoint(
  { listen, intercept, interceptPort, publicAddress }: Listener,
  family: IpFamily,
  server: Endpoint,
): Endpoint | undefined {
  const isAny = listen.address === '::' || (listen.address === '0.0.0.0' && family === 4)
  if (!isAny && ipFamily(listen.address) !== family) return undefined
  if (intercept !== 'none')
    return ipFamily(server.address) === family ? endpoint(server.address, interceptPort) : undefined
  if (family === 4 && publicAddress !== undefined) return endpoint(publicAddress, listen.port)
  return isAny ? endpoint(ip(INVENTED.outside[family]), listen.port) : listen
}

/** A public address may be that of a router in front. */
function localEndpoint(
  { listen, intercept }: Listener,
  family: IpFamily,
  known: Endpoint,
): Endpoint {
  const isAny = listen.address === '::' || listen.address === '0.0.0.0'
  if (intercept === 'tproxy') return known
  if (!isAny) return listen
  return endpoint(ip(INVENTED.outside[family]), listen.port)
}
