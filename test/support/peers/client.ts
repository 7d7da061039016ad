/**
 * A real FTP client of the laboratory. A session is a list of steps run over one control
 * connection, because that is how people use FTP and because several data connections in a row are
 * what a proxy gets wrong. Success is judged by what lies on disk afterwards, not by the client's
 * word; the transcript serves to see which announcements were made and to explain a failure.
 */
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { Ip, IpFamily } from '../../../src/net/ip.ts'
import type { Outcome } from './program.ts'

export type ClientName = 'curl' | 'lftp' | 'tnftp' | 'inetutils-ftp' | 'ftplib' | 'basic-ftp'

/** The command that announces the data connection. */
export type Announcement = 'PASV' | 'EPSV' | 'PORT' | 'EPRT'

export type Step =
  | { readonly type: 'download'; readonly remote: string; readonly local: string }
  | { readonly type: 'upload'; readonly local: string; readonly remote: string }
  /** The listing of the files folder, written to a local file. */
  | { readonly type: 'list'; readonly local: string }
  /** Appends what `local`, which exists, still lacks. */
  | { readonly type: 'resume'; readonly remote: string; readonly local: string }

/** One client process: against whom, how, and where its local files are. */
export interface ClientPlan {
  readonly endpoint: Endpoint
  readonly user: string
  readonly password: string
  /** The remote folder of all files, relative to the login directory. */
  readonly folder: string
  readonly announcement: Announcement
  readonly family: IpFamily
  /** Where clients that can choose their own address connect from; `undefined`: they do not. */
  readonly source: Ip | undefined
  /** The client's working directory; local file names are relative to it. */
  readonly directory: string
  readonly timeoutMs: number
}

/** Breaks off the download of `remote`, a large file, then downloads `next` if it still can. */
export interface AbortPlan extends ClientPlan {
  readonly remote: string
  readonly next: { readonly remote: string; readonly local: string }
}

export interface ClientKind {
  readonly name: ClientName
  /** Why it cannot run on this machine, or `undefined` when it can. */
  readonly problem: () => string | undefined
  readonly announcements: Readonly<Record<IpFamily, readonly Announcement[]>>
  readonly run: (plan: ClientPlan, steps: readonly Step[]) => Promise<Outcome>
  /** Absent where the client cannot be made to send ABOR. */
  readonly abort?: (plan: AbortPlan) => Promise<Outcome>
  /** Whether the session survives an abort, so that `next` is downloaded. */
  readonly continuesAfterAbort: boolean
}
