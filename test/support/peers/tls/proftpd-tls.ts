/** ProFTPD with mod_tls: explicit and implicit TLS, CCC, session reuse required by default. */
import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PEERS_ROOT } from '../program.ts'
import { PROFTPD } from '../proftpd.ts'
import type { ServerCommand, ServerPlan } from '../server.ts'
import type { TlsServerKind, TlsSettings } from './tls-server.ts'

export const PROFTPD_TLS: TlsServerKind = {
  plain: PROFTPD,
  begins: ['explicit', 'implicit'],
  hasClearCommandChannel: true,
  canRequireReuse: true,
  problem,
  prepare,
}

function problem(): string | undefined {
  const isThere = existsSync(join(PEERS_ROOT, 'usr/lib/proftpd/mod_tls.so'))
  return isThere ? undefined : 'mod_tls of ProFTPD is not installed'
}

async function prepare(plan: ServerPlan, settings: TlsSettings): Promise<ServerCommand> {
  const command = await PROFTPD.prepare(plan)
  const { authority, certificate, key } = settings.certificates
  const options = [
    ...(settings.begins === 'implicit' ? ['UseImplicitSSL'] : []),
    ...(settings.requiresReuse ? [] : ['NoSessionReuseRequired']),
  ]
  const lines = [
    'LoadModule mod_tls.c',
    'TLSEngine on',
    `TLSLog ${join(plan.directory, 'tls.log')}`,
    'TLSProtocol TLSv1.2 TLSv1.3',
    `TLSRSACertificateFile ${certificate}`,
    `TLSRSACertificateKeyFile ${key}`,
    // Without it each session begins by reading all authorities of the system.
    `TLSCACertificateFile ${authority}`,
    // So that PROT C and CCC are the client's choice.
    'TLSRequired off',
    'TLSVerifyClient off',
    ...(options.length === 0 ? [] : [`TLSOptions ${options.join(' ')}`]),
    // It connects from the port below its own as long as it may.
    ...(settings.connectsAnywhere ? ['AllowForeignAddress on', 'RootRevoke off'] : []),
    ...(settings.announcedAddress === undefined
      ? []
      : [`MasqueradeAddress ${settings.announcedAddress}`]),
  ]
  await appendFile(join(plan.directory, 'proftpd.conf'), `${lines.join('\n')}\n`)
  return command
}
