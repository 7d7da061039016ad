/** Squid's ftp_port: reads FTP, and makes HTTP of it inside. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { port } from '../../src/net/port.ts'
import { PEERS_ROOT } from './install.ts'
import { type Peer, programPeer, USER } from './peer.ts'

export const SQUID: Peer = programPeer(
  'Squid ftp_port',
  { program: 'squid', announces: 'server', isUnprivileged: true },
  async ({ door, server, directory }) => {
    await chmod(directory, 0o777)
    const file = join(directory, 'squid.conf')
    const at = endpoint(door.address, port(2121))
    const lines = [
      `ftp_port ${at.address}:${at.port}`,
      'acl everybody src all',
      'http_access allow everybody',
      'cache deny all',
      'pinger_enable off',
      `unlinkd_program ${join(PEERS_ROOT, 'usr/lib/squid/unlinkd')}`,
      'cache_effective_user nobody',
      'cache_effective_group nogroup',
      'max_filedescriptors 65536',
      'visible_hostname bench',
      `pid_filename ${join(directory, 'squid.pid')}`,
      `cache_log ${join(directory, 'cache.log')}`,
      `access_log ${join(directory, 'access.log')}`,
      `coredump_dir ${directory}`,
      `mime_table ${join(PEERS_ROOT, 'usr/share/squid/mime.conf')}`,
      `icon_directory ${join(PEERS_ROOT, 'usr/share/squid/icons')}`,
      `error_directory ${join(PEERS_ROOT, 'usr/share/squid-langpack/templates')}`,
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { args: ['-N', '-f', file], target: at, user: `${USER}@${formatEndpoint(server)}` }
  },
)
