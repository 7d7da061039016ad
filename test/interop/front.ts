/** What a client connects to in order to reach a server: the server itself, or a proxy before it. */
import type { Endpoint } from '../../src/net/endpoint.ts'
import type { RunningServer } from '../support/peers/server.ts'
import type { Way } from './cell.ts'

export interface RunningFront {
  readonly endpoint: Endpoint
  /** Rejects when the front did not last until now. */
  readonly stop: () => Promise<void>
}

export interface Front {
  readonly way: Way
  /** Why it cannot run on this machine, or `undefined` when it can. */
  readonly problem: () => string | undefined
  readonly start: (server: RunningServer) => Promise<RunningFront>
}

export const DIRECT: Front = {
  way: 'direct',
  problem: () => undefined,
  start: (server) => Promise.resolve({ endpoint: server.endpoint, stop: () => Promise.resolve() }),
}
