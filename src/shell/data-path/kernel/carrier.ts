/**
 * Who carries a data connection. The kernel forwards between other hosts and cannot make one family
 * of addresses into the other; what ends on this host, and what changes its family, is relayed.
 */
import { type Ip, ipFamily } from '../../../net/ip.ts'

/** The addresses of a pinhole or a range. */
export interface Ends {
  readonly peer: Ip
  readonly listen: Ip
  readonly dial: Ip
  readonly from: Ip
}

export function kernelCarries(ends: Ends, isLocal: (address: Ip) => boolean): boolean {
  const { peer, listen, dial, from } = ends
  const family = ipFamily(peer)
  if ([listen, dial, from].some((address) => ipFamily(address) !== family)) return false
  return ![peer, dial].some((address) => isLoopback(address) || isLocal(address))
}

function isLoopback(address: Ip): boolean {
  return address.startsWith('127.') || address === '::1'
}
