/**
 * A real FTP client of the laboratory that speaks TLS: how it is told when TLS begins, at which
 * version, whether data connections are encrypted too, and whether the control connection becomes
 * clear again after the login.
 */
import type { Announcement, ClientPlan } from './client.ts'
import type { Outcome } from './program.ts'

export type TlsClientName =
  | 'curl'
  | 'curl passive'
  | 'lftp'
  | 'ftplib'
  | 'basic-ftp'
  | 'scripted'
  | 'scripted mute'
  | 'scripted joined'

/** AUTH TLS, TLS with the first byte, or AUTH TLS and then CCC. */
export type Security = 'explicit' | 'implicit' | 'ccc'
export type TlsVersion = '1.2' | '1.3'
/** The argument of PROT: data connections clear or private. */
export type ProtectionLevel = 'C' | 'P'

export interface TlsClientPlan extends ClientPlan {
  readonly security: Security
  /** This version and no other. */
  readonly version: TlsVersion
  readonly protection: ProtectionLevel
  /** The file with the authority to trust. */
  readonly authority: string
}

export interface TlsStep {
  readonly type: 'download' | 'upload'
  readonly remote: string
  readonly local: string
  readonly announcement: Announcement
}

export interface TlsClientKind {
  readonly name: TlsClientName
  /** Why it cannot run on this machine, or `undefined` when it can. */
  readonly problem: () => string | undefined
  readonly announcements: readonly Announcement[]
  readonly securities: readonly Security[]
  readonly protections: readonly ProtectionLevel[]
  /** Whether one session may announce by different commands; otherwise the plan's holds for all. */
  readonly mixesAnnouncements: boolean
  /** Whether in an opaque session it connects where a 227 says, rather than to the control peer. */
  readonly heedsPassiveAddress: boolean
  readonly run: (plan: TlsClientPlan, steps: readonly TlsStep[]) => Promise<Outcome>
}
