/**
 * Whether a data connection may go where a peer announced (RFC 2577 §3, hostile-peer cases B and
 * M). The announced address is compared and then forgotten: what is dialled is the address of the
 * control connection's own peer, or one that the profile lists.
 */
import { type Cidr, cidrHas } from '../../net/cidr.ts'
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { type Ip, ipBytes, ipFamily } from '../../net/ip.ts'
import { type PortRange, rangeHas } from '../../net/port.ts'

/** Ports below this belong to services that the system trusts (RFC 2577 §3). */
const UNPRIVILEGED_FIRST = 1024

export interface AnnouncedContext {
  /** The control connection's peer that announced the address. */
  readonly peer: Ip
  /** Addresses of this host. */
  readonly local: ReadonlySet<Ip>
  /** Other addresses that may be named (FXP). */
  readonly thirdParty: readonly Cidr[]
  readonly deniedPorts: readonly PortRange[]
  /**
   * Whether a loopback client may name loopback. Only a listener that is itself on loopback, and so
   * serves this host alone, sets this.
   */
  readonly isLoopbackAllowed: boolean
}

export type AnnouncedProblem =
  | 'port.foreign-address'
  | 'port.special-address'
  | 'port.self'
  | 'port.privileged'
  | 'port.denylisted'

/** What is wrong with the address of PORT or EPRT; `undefined` when nothing is. */
export function checkActiveAddress(
  announced: Endpoint,
  context: AnnouncedContext,
): AnnouncedProblem | undefined {
  const { address, port } = announced
  const isOwnLoopback = isLoopback(address) && address === context.peer && context.isLoopbackAllowed
  if (isSpecialAddress(address) && !isOwnLoopback) return 'port.special-address'
  if (context.local.has(address) && !isOwnLoopback) return 'port.self'
  if (address !== context.peer && !isListed(context.thirdParty, address))
    return 'port.foreign-address'
  if (port < UNPRIVILEGED_FIRST) return 'port.privileged'
  return context.deniedPorts.some((range) => rangeHas(range, port)) ? 'port.denylisted' : undefined
}

/**
 * What is wrong with the address of a 227 (or the port of a 229). The server's own address is what
 * a rule file names, so it may be any, but no other address of this host is.
 */
export function checkPassiveAddress(
  announced: Endpoint,
  { peer, local, thirdParty }: Pick<AnnouncedContext, 'peer' | 'local' | 'thirdParty'>,
): 'pasv.foreign-address' | 'pasv.bad-port' | undefined {
  const { address, port } = announced
  const isBarred = isSpecialAddress(address) || local.has(address)
  if (address !== peer && (isBarred || !isListed(thirdParty, address)))
    return 'pasv.foreign-address'
  return port < UNPRIVILEGED_FIRST ? 'pasv.bad-port' : undefined
}

/** Whom an announcement means where a foreign address is not refused, but taken for its peer's own. */
export function announcedOrPeer(
  announced: Endpoint,
  { peer, thirdParty }: Pick<AnnouncedContext, 'peer' | 'thirdParty'>,
): Endpoint {
  const isKnown = announced.address === peer || isListed(thirdParty, announced.address)
  return isKnown ? announced : endpoint(peer, announced.port)
}

function isListed(blocks: readonly Cidr[], address: Ip): boolean {
  return blocks.some((block) => cidrHas(block, address))
}

export function isLoopback(address: Ip): boolean {
  return ipFamily(address) === 4 ? address.startsWith('127.') : address === '::1'
}

/**
 * Addresses that are never a peer's: unspecified and "this network", loopback, link-local (with
 * the metadata services of clouds), multicast, reserved, broadcast; in IPv6 also every form with an
 * IPv4 address inside (compatible, 6to4, Teredo, NAT64), because a deny list of IPv4 addresses does
 * not see through it (RFC 6890).
 */
export function isSpecialAddress(address: Ip): boolean {
  const bytes = ipBytes(address)
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes
  if (bytes.length === 4) {
    const isLinkLocal = first === 169 && second === 254
    return first === 0 || first === 127 || first >= 224 || isLinkLocal
  }
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80
  const isMulticast = first === 0xff
  const isLowest = bytes.slice(0, 8).every((byte) => byte === 0)
  const isSixToFour = first === 0x20 && second === 0x02
  const isTeredo = first === 0x20 && second === 0x01 && third === 0 && fourth === 0
  const isNat64 = first === 0x00 && second === 0x64 && third === 0xff && fourth === 0x9b
  const isMetadata = address === 'fd00:ec2::254'
  return isLinkLocal || isMulticast || isLowest || isSixToFour || isTeredo || isNat64 || isMetadata
}
