/** pyftpdlib 1.5.7, driven by the script next to this file. */
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { PROJECT_ROOT } from '../project-root.ts'
import { PEERS_ROOT, python } from './program.ts'
import { PASSWORD, type ServerCommand, type ServerKind, type ServerPlan } from './server.ts'

const USER = 'portcullis'
const SCRIPT = join(PROJECT_ROOT, 'test/support/peers/pyftpdlib-server.py')

export const PYFTPDLIB: ServerKind = {
  name: 'pyftpdlib',
  user: USER,
  password: PASSWORD,
  problem,
  prepare,
}

function problem(): string | undefined {
  if (python() === undefined) return 'there is no /usr/bin/python3'
  return existsSync(join(PEERS_ROOT, 'usr/lib/python3/dist-packages/pyftpdlib'))
    ? undefined
    : 'pyftpdlib is not installed'
}

function prepare(plan: ServerPlan): Promise<ServerCommand> {
  const setting = {
    address: plan.endpoint.address,
    port: plan.endpoint.port,
    first: plan.passivePorts.first,
    last: plan.passivePorts.last,
    user: USER,
    password: PASSWORD,
    directory: plan.loginDirectory,
  }
  return Promise.resolve({
    program: python() ?? 'python3',
    args: [SCRIPT, JSON.stringify(setting)],
  })
}
