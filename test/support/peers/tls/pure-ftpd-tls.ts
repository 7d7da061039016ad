/**
 * Pure-FTPd with TLS: explicit only (the four values of `--tls` say how much of a session must be
 * encrypted, none that TLS comes first), CCC, no demand for session reuse.
 */
import { PURE_FTPD } from '../pure-ftpd.ts'
import type { ServerCommand, ServerPlan } from '../server.ts'
import type { TlsServerKind, TlsSettings } from './tls-server.ts'

export const PURE_FTPD_TLS: TlsServerKind = {
  plain: PURE_FTPD,
  begins: ['explicit'],
  hasClearCommandChannel: true,
  canRequireReuse: false,
  problem: () => undefined,
  prepare,
}

async function prepare(plan: ServerPlan, settings: TlsSettings): Promise<ServerCommand> {
  const { program, args } = await PURE_FTPD.prepare(plan)
  return {
    program,
    args: [
      ...args,
      // Encrypted sessions are accepted, clear ones too.
      '--tls=1',
      `--certfile=${settings.certificates.identity}`,
      ...(settings.announcedAddress === undefined
        ? []
        : [`--forcepassiveip=${settings.announcedAddress}`]),
    ],
  }
}
