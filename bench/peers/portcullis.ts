/** Portcullis as front door, built, with inspection and packet log on as they always are. */
import { formatEndpoint } from '../../src/net/endpoint.ts'
import { startPortcullis } from '../../test/support/portcullis.ts'
import { PASSIVE_FIRST, PASSIVE_LAST, type Peer, USER } from './peer.ts'

export const PORTCULLIS_RELAY: Peer = portcullis('Portcullis, relay', true, {
  'data-path': 'relay',
})
/** As many as this suite has in mind: two cores. */
export const PORTCULLIS_WORKERS: Peer = portcullis('Portcullis, relay, 2 workers', true, {
  'data-path': 'relay',
  workers: 2,
})
/** For more sessions than one process has descriptors for. */
export const PORTCULLIS_MANY: Peer = portcullis('Portcullis, relay, 4 workers', true, {
  'data-path': 'relay',
  workers: 4,
})
export const PORTCULLIS_KERNEL: Peer = portcullis('Portcullis, kernel', false, {
  'data-path': 'kernel',
})

function portcullis(name: string, isUnprivileged: boolean, keys: object): Peer {
  return {
    name,
    announces: 'server',
    isUnprivileged,
    start: async ({ firewall, door, server }) => {
      const { pid, stop } = await startPortcullis({
        args: (_, rules) => [rules, '--log-level', 'warn'],
        rules: (path) =>
          JSON.stringify(ruleFile(path, formatEndpoint(door), formatEndpoint(server), keys)),
        endpoints: [door],
        host: firewall,
      })
      return { target: door, user: USER, pid, stop }
    },
  }
}

function ruleFile(path: string, listen: string, server: string, keys: object): object {
  return {
    version: 1,
    ...keys,
    listeners: [{ name: 'bench', listen, server }],
    'passive-ports': `${PASSIVE_FIRST}-${PASSIVE_LAST}`,
    rules: [
      { permit: 'control', from: 'any', to: 'any' },
      { permit: 'passive-data', from: 'any', to: 'any' },
    ],
    limits: { sessions: 12_000, 'sessions-per-client': 12_000 },
    'packet-log': { path },
  }
}
