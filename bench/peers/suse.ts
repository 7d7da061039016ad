/** SUSE's ftp-proxy: reads FTP, one process for each session. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Peer, programPeer } from './peer.ts'

export const SUSE: Peer = programPeer(
  'SUSE ftp-proxy',
  { program: 'ftp-proxy', announces: 'server', isUnprivileged: false, isForking: true },
  async ({ door, server, directory }) => {
    const file = join(directory, 'ftp-proxy.conf')
    const log = join(directory, 'ftp-proxy.log')
    // It renames and writes its log as the user it becomes.
    await chmod(directory, 0o777)
    const lines = [
      '[-Global-]',
      'ServerType standalone',
      `Listen ${door.address}`,
      `Port ${door.port}`,
      `DestinationAddress ${server.address}`,
      `DestinationPort ${server.port}`,
      'User nobody',
      'Group nogroup',
      `LogDestination ${log}`,
      'ForkLimit 100000',
      'MaxClients 2000',
      'PassiveMinDataPort 41000',
      'PassiveMaxDataPort 42999',
      'SockBindRand yes',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { args: ['-n', '-d', '-f', file], target: door }
  },
)
