/**
 * Pure-FTPd 1.0.50, with a user database of its own. It has no configuration file: everything is
 * an argument. It runs as root only: Debian's build refuses a login it cannot change the user for.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ipFamily } from '../../../src/net/ip.ts'
import { peerEnvironment, peerProgram } from './program.ts'
import {
  OWNER,
  PASSWORD,
  PASSWORD_HASH,
  type ServerCommand,
  type ServerKind,
  type ServerPlan,
  isRoot,
} from './server.ts'

const USER = 'portcullis'

export const PURE_FTPD: ServerKind = {
  name: 'pure-ftpd',
  user: USER,
  password: PASSWORD,
  problem,
  prepare,
}

function problem(): string | undefined {
  if (peerProgram('pure-ftpd') === undefined) return 'pure-ftpd is not installed'
  return isRoot ? undefined : 'pure-ftpd runs as root only'
}

async function prepare(plan: ServerPlan): Promise<ServerCommand> {
  const passwords = join(plan.directory, 'passwd')
  const database = join(plan.directory, 'users.pdb')
  const account = [USER, PASSWORD_HASH, OWNER.uid, OWNER.gid, '', `${plan.loginDirectory}/./`]
  // Twelve more fields, all limits: empty means none.
  await writeFile(passwords, `${account.join(':')}${':'.repeat(12)}\n`, { mode: 0o600 })
  await promisify(execFile)(
    peerProgram('pure-pw') ?? 'pure-pw',
    ['mkdb', database, '-f', passwords],
    { env: peerEnvironment(plan.directory), timeout: 10_000 },
  )
  const { address } = plan.endpoint
  return {
    program: peerProgram('pure-ftpd') ?? 'pure-ftpd',
    args: [
      ipFamily(address) === 4 ? '--ipv4only' : '--ipv6only',
      '--bind',
      `${address},${plan.endpoint.port}`,
      '--login',
      `puredb:${database}`,
      '--passiveportrange',
      `${plan.passivePorts.first}:${plan.passivePorts.last}`,
      '--noanonymous',
      '--dontresolve',
      '--minuid',
      '1',
      '--maxclientsnumber',
      '100',
      '--maxclientsperip',
      '100',
      '--pidfile',
      join(plan.directory, 'pure-ftpd.pid'),
    ],
  }
}
