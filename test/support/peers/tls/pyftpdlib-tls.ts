/**
 * pyftpdlib with its TLS_FTPHandler, driven by the script next to this file: explicit only, no CCC,
 * no demand for session reuse.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { python, PEERS_ROOT } from '../program.ts'
import { PROJECT_ROOT } from '../../project-root.ts'
import { PYFTPDLIB } from '../pyftpdlib.ts'
import type { ServerCommand, ServerPlan } from '../server.ts'
import type { TlsServerKind, TlsSettings } from './tls-server.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/support/peers/tls/pyftpdlib-tls-server.py')

export const PYFTPDLIB_TLS: TlsServerKind = {
  plain: PYFTPDLIB,
  begins: ['explicit'],
  hasClearCommandChannel: false,
  canRequireReuse: false,
  problem,
  prepare,
}

function problem(): string | undefined {
  const isThere = existsSync(join(PEERS_ROOT, 'usr/lib/python3/dist-packages/OpenSSL'))
  return isThere ? undefined : 'python3-openssl is not installed'
}

function prepare(plan: ServerPlan, settings: TlsSettings): Promise<ServerCommand> {
  const setting = {
    address: plan.endpoint.address,
    port: plan.endpoint.port,
    first: plan.passivePorts.first,
    last: plan.passivePorts.last,
    user: PYFTPDLIB.user,
    password: PYFTPDLIB.password,
    directory: plan.loginDirectory,
    identity: settings.certificates.identity,
    announced: settings.announcedAddress ?? null,
  }
  return Promise.resolve({
    program: python() ?? 'python3',
    args: [SCRIPT, JSON.stringify(setting)],
  })
}
