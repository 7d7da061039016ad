/** HAProxy in TCP mode: it reads nothing, so the whole passive range is open. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatEndpoint } from '../../src/net/endpoint.ts'
import { PASSIVE_FIRST, PASSIVE_LAST, type Peer, programPeer } from './peer.ts'

export const HAPROXY: Peer = programPeer(
  'HAProxy (blind)',
  { program: 'haproxy', announces: 'door', isUnprivileged: true },
  async ({ door, server, directory }) => {
    const file = join(directory, 'haproxy.cfg')
    const lines = [
      'global',
      '  maxconn 9000',
      'defaults',
      '  mode tcp',
      '  timeout connect 5s',
      '  timeout client 10m',
      '  timeout server 10m',
      'listen control',
      `  bind ${formatEndpoint(door)}`,
      `  server s ${formatEndpoint(server)}`,
      'listen passive',
      `  bind ${door.address}:${PASSIVE_FIRST}-${PASSIVE_LAST}`,
      `  server s ${server.address}`,
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { args: ['-db', '-f', file], target: door }
  },
)
