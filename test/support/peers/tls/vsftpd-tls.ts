/** vsftpd with TLS: explicit and implicit, session reuse required by default, no CCC. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerCommand, ServerPlan } from '../server.ts'
import { VSFTPD } from '../vsftpd.ts'
import type { TlsServerKind, TlsSettings } from './tls-server.ts'

export const VSFTPD_TLS: TlsServerKind = {
  plain: VSFTPD,
  begins: ['explicit', 'implicit'],
  hasClearCommandChannel: false,
  canRequireReuse: true,
  problem: () => undefined,
  prepare,
}

async function prepare(plan: ServerPlan, settings: TlsSettings): Promise<ServerCommand> {
  const command = await VSFTPD.prepare(plan)
  const { certificate, key } = settings.certificates
  const lines = [
    'ssl_enable=YES',
    'allow_anon_ssl=YES',
    'force_anon_logins_ssl=NO',
    'force_anon_data_ssl=NO',
    // In spite of its name it lets OpenSSL choose, up to TLS 1.3.
    'ssl_tlsv1=YES',
    // The default, DES-CBC3-SHA, is a cipher nobody has any more.
    'ssl_ciphers=HIGH',
    `rsa_cert_file=${certificate}`,
    `rsa_private_key_file=${key}`,
    `implicit_ssl=${settings.begins === 'implicit' ? 'YES' : 'NO'}`,
    `require_ssl_reuse=${settings.requiresReuse ? 'YES' : 'NO'}`,
    ...(settings.connectsAnywhere ? ['connect_from_port_20=YES', 'port_promiscuous=YES'] : []),
    ...(settings.announcedAddress === undefined
      ? []
      : [`pasv_address=${settings.announcedAddress}`]),
  ]
  await appendFile(join(plan.directory, 'vsftpd.conf'), `${lines.join('\n')}\n`)
  return command
}
