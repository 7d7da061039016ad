/** ProFTPD's mod_proxy as a reverse proxy: reads FTP, one process for each session. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatEndpoint } from '../../src/net/endpoint.ts'
import { PEERS_ROOT } from './install.ts'
import { type Peer, programPeer } from './peer.ts'

export const MOD_PROXY: Peer = programPeer(
  'ProFTPD mod_proxy',
  { program: 'proftpd', announces: 'server', isUnprivileged: false, isForking: true },
  async ({ door, server, outside, directory }) => {
    const tables = join(directory, 'tables')
    await mkdir(tables)
    const file = join(directory, 'proftpd.conf')
    const lines = [
      `ModulePath ${join(PEERS_ROOT, 'usr/lib/proftpd')}`,
      // mod_proxy takes the TLS library from it.
      'LoadModule mod_tls.c',
      'LoadModule mod_proxy.c',
      'ServerType standalone',
      'ServerName bench',
      `DefaultAddress ${door.address}`,
      `Port ${door.port}`,
      'SocketBindTight on',
      'User nobody',
      'Group nogroup',
      `PidFile ${join(directory, 'proftpd.pid')}`,
      `ScoreboardFile ${join(directory, 'scoreboard')}`,
      `SystemLog ${join(directory, 'system.log')}`,
      'TransferLog none',
      'WtmpLog off',
      'DelayEngine off',
      'ControlsEngine off',
      'UseReverseDNS off',
      'MaxInstances 2000',
      'PassivePorts 42000 43999',
      'ProxyEngine on',
      `ProxyTables ${tables}`,
      'ProxyRole reverse',
      `ProxySourceAddress ${outside}`,
      `ProxyReverseServers ftp://${formatEndpoint(server)}`,
      'ProxyReverseConnectPolicy RoundRobin',
      'ProxyTLSEngine off',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { args: ['--nodaemon', '--quiet', '--config', file], target: door }
  },
)
