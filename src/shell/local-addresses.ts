import { networkInterfaces } from 'node:os'
import { type Ip, parseIp } from '../net/ip.ts'

/** Every address of this host, so that nobody makes the proxy connect to itself. */
export function localAddresses(): readonly Ip[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address }) => parseIp(address.split('%', 1)[0] ?? '') ?? [])
}
