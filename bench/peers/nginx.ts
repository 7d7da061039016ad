/** nginx's stream module: it reads nothing, so the whole passive range is open. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatEndpoint } from '../../src/net/endpoint.ts'
import { PEERS_ROOT } from './install.ts'
import { PASSIVE_FIRST, PASSIVE_LAST, type Peer, programPeer } from './peer.ts'

export const NGINX: Peer = programPeer(
  'nginx stream (blind)',
  { program: 'nginx', announces: 'door', isUnprivileged: true },
  async ({ door, server, directory }) => {
    const file = join(directory, 'nginx.conf')
    const lines = [
      `load_module ${join(PEERS_ROOT, 'usr/lib/nginx/modules/ngx_stream_module.so')};`,
      'daemon off;',
      'user root;',
      'worker_processes auto;',
      'worker_rlimit_nofile 20000;',
      `pid ${join(directory, 'nginx.pid')};`,
      `error_log ${join(directory, 'error.log')};`,
      'events { worker_connections 19000; }',
      'stream {',
      `  server { listen ${formatEndpoint(door)}; proxy_pass ${formatEndpoint(server)}; }`,
      `  server { listen ${door.address}:${PASSIVE_FIRST}-${PASSIVE_LAST}; proxy_pass ${server.address}:$server_port; }`,
      '}',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { args: ['-c', file, '-p', directory], target: door }
  },
)
