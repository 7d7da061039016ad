/** What a client connects to in order to reach a server: the server itself, or a proxy before it. */
import type { Endpoint } from '../../src/net/endpoint.ts'
import { type Ip, ip, ipFamily } from '../../src/net/ip.ts'
import type { RunningServer } from '../support/peers/server.ts'
import type { Way } from './cell.ts'

export interface RunningFront {
  readonly endpoint: Endpoint
  /** Where clients that can choose their own address connect from; `undefined`: they do not. */
  readonly source: Ip | undefined
  /** Rejects when the front did not last until now. */
  readonly stop: () => Promise<void>
}

export interface Front {
  readonly way: Way
  /** Why it cannot run on this machine, or `undefined` when it can. */
  readonly problem: () => string | undefined
  readonly start: (server: RunningServer) => Promise<RunningFront>
}

/**
 * Another address than the one a proxy would use, so that a PORT or EPRT that reaches the server
 * unchanged is refused there. IPv6 has a single loopback address.
 */
export function loopbackSource(at: Endpoint): Ip | undefined {
  return ipFamily(at.address) === 4 ? ip('127.0.0.4') : undefined
}

export const DIRECT: Front = {
  way: 'direct',
  problem: () => undefined,
  start: ({ endpoint }) => {
    const source = loopbackSource(endpoint)
    return Promise.resolve({ endpoint, source, stop: () => Promise.resolve() })
  },
}
