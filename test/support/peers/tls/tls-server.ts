/**
 * What a server of the laboratory can do with TLS. Each kind adds its settings to those of the
 * server without TLS, so what is known of a program's configuration stands in one place.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ip } from '../../../../src/net/ip.ts'
import { type CertificateFiles, writeCertificates } from '../certificates.ts'
import {
  type RunningServer,
  type ServerCommand,
  type ServerKind,
  type ServerPlace,
  type ServerPlan,
  startServer,
} from '../server.ts'

/** When TLS begins: when the client asks for it with AUTH, or with the first byte. */
export type TlsBeginning = 'explicit' | 'implicit'

export interface TlsSettings {
  readonly begins: TlsBeginning
  /** Whether data connections must resume the TLS session of the control connection. */
  readonly requiresReuse: boolean
  /** What a 227 names, when it is not the address the client connected to. */
  readonly announcedAddress?: Ip
  /**
   * Connects for data from port 20, as RFC 959 wants it, and wherever a client asks for: nobody on
   * the way can read an encrypted PORT, so all that a firewall knows of such a connection is its
   * source. Not every server can.
   */
  readonly connectsAnywhere?: boolean
  /** By which clients know it, besides its own address. */
  readonly certifiedFor?: readonly Ip[]
  readonly certificates: CertificateFiles
}

export interface TlsServerKind {
  /** The same server without TLS. */
  readonly plain: ServerKind
  /** Why it cannot run with TLS although it can without, or `undefined` when it can. */
  readonly problem: () => string | undefined
  readonly begins: readonly TlsBeginning[]
  readonly hasClearCommandChannel: boolean
  readonly canRequireReuse: boolean
  /** As {@link ServerKind.prepare}, with TLS. */
  readonly prepare: (plan: ServerPlan, settings: TlsSettings) => Promise<ServerCommand>
}

export interface RunningTlsServer extends RunningServer {
  /** What a client has to trust. */
  readonly authority: string
}

export function tlsServerProblem(kind: TlsServerKind): string | undefined {
  return kind.plain.problem() ?? kind.problem()
}

export async function startTlsServer(
  kind: TlsServerKind,
  address: Ip,
  settings: Omit<TlsSettings, 'certificates'>,
  place: Partial<ServerPlace> = {},
): Promise<RunningTlsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-certificates-'))
  const removeDirectory = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const addresses = [address, ...(settings.certifiedFor ?? [])]
    const certificates = await writeCertificates(directory, addresses)
    const all: TlsSettings = { ...settings, certificates }
    const withTls: ServerKind = {
      ...kind.plain,
      prepare: (plan) => kind.prepare(plan, all),
    }
    const server = await startServer(withTls, address, place)
    return {
      ...server,
      authority: certificates.authority,
      stop: async () => {
        await server.stop()
        await removeDirectory()
      },
    }
  } catch (error) {
    await removeDirectory()
    throw error
  }
}
