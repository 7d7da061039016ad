/** ProFTPD 1.3.8, with a password file of its own instead of PAM. */
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { PEERS_ROOT, peerProgram } from './program.ts'
import {
  OWNER,
  PASSWORD,
  PASSWORD_HASH,
  type ServerCommand,
  type ServerKind,
  type ServerPlan,
} from './server.ts'

const USER = 'portcullis'

export const PROFTPD: ServerKind = {
  name: 'proftpd',
  user: USER,
  password: PASSWORD,
  problem: () => (peerProgram('proftpd') === undefined ? 'proftpd is not installed' : undefined),
  prepare,
}

async function prepare(plan: ServerPlan): Promise<ServerCommand> {
  const passwords = join(plan.directory, 'passwd')
  const lines = [
    'ServerType standalone',
    'ServerName laboratory',
    `DefaultAddress ${plan.endpoint.address}`,
    `Port ${plan.endpoint.port}`,
    'SocketBindTight on',
    'UseIPv6 on',
    `User ${userInfo().uid === 0 ? 'nobody' : userInfo().username}`,
    `Group ${await groupName(OWNER.gid)}`,
    `ModulePath ${join(PEERS_ROOT, 'usr/lib/proftpd')}`,
    `PidFile ${join(plan.directory, 'proftpd.pid')}`,
    `ScoreboardFile ${join(plan.directory, 'scoreboard')}`,
    `SystemLog ${join(plan.directory, 'system.log')}`,
    'TransferLog none',
    'WtmpLog off',
    // Both would write below /run/proftpd.
    'DelayEngine off',
    'ControlsEngine off',
    'UseReverseDNS off',
    `AuthUserFile ${passwords}`,
    'AuthOrder mod_auth_file.c',
    'RequireValidShell off',
    'UseFtpUsers off',
    'AllowOverwrite on',
    'AllowRetrieveRestart on',
    'AllowStoreRestart on',
    'MaxInstances 100',
    // How long an aborted transfer waits for the peer to close; the default is ten seconds.
    'TimeoutLinger 1',
    `PassivePorts ${plan.passivePorts.first} ${plan.passivePorts.last}`,
  ]
  const file = join(plan.directory, 'proftpd.conf')
  await writeFile(file, `${lines.join('\n')}\n`)
  const account = [USER, PASSWORD_HASH, OWNER.uid, OWNER.gid, '', plan.loginDirectory, '/bin/false']
  await writeFile(passwords, `${account.join(':')}\n`, { mode: 0o600 })
  return {
    program: peerProgram('proftpd') ?? 'proftpd',
    args: ['--nodaemon', '--quiet', '--config', file],
  }
}

/** ProFTPD wants names where it could have numbers. */
async function groupName(gid: number): Promise<string> {
  const groups = (await readFile('/etc/group', 'utf8')).split('\n')
  return groups.find((line) => line.split(':')[2] === `${gid}`)?.split(':')[0] ?? 'nogroup'
}
