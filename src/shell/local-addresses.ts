import { networkInterfaces } from 'node:os'
import { type Ip, parseIp } from '../net/ip.ts'

let known: readonly Ip[] | undefined

/**
 * Every address of this host, so that nobody makes the proxy connect to itself. To ask takes a descriptor: while there is none, those of before.
 * Throws the operating system's error when there are no others.
 */
export function localAddresses(read: typeof networkInterfaces = networkInterfaces): readonly Ip[] {
  try {
    known = Object.values(read())
      .flatMap((addresses) => addresses ?? [])
      .flatMap(({ address }) => parseIp(address.split('%', 1)[0] ?? '') ?? [])
  } catch (error) {
    if (known === undefined) throw error
  }
  return known
}
