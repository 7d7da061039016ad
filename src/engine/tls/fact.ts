/** What the observer says about a TLS connection that passes through. */
import type { Parsed } from '../../net/parsed.ts'
import type { Alert } from './alert.ts'
import type { Certificate } from './certificate.ts'
import type { ClientHello } from './client-hello.ts'
import type { TlsReason } from './reason.ts'
import type { ServerHello } from './server-hello.ts'

/** Which peer. In FTP the TLS client is the FTP client (RFC 4217 §7). */
export type TlsSide = 'client' | 'server'

/** How far the handshake has come; `failed` is for ever. */
export type TlsProgress = 'none' | 'client-hello' | 'server-hello' | 'established' | 'failed'

export type TlsFact =
  /** Comes a second time after a HelloRetryRequest. */
  | { readonly type: 'clientHello'; readonly side: 'client'; readonly hello: ClientHello }
  /** A ServerHello or a HelloRetryRequest. */
  | { readonly type: 'serverHello'; readonly side: 'server'; readonly hello: ServerHello }
  /** Up to TLS 1.2; later versions encrypt it. A client that has none sends none. */
  | {
      readonly type: 'certificate'
      readonly side: TlsSide
      readonly chainLength: number
      readonly certificate: Parsed<Certificate>
    }
  /** Both sides have sent their Finished, as far as that can be seen from outside. */
  | {
      readonly type: 'established'
      readonly version: number
      readonly cipherSuite: number
      readonly isResumed: boolean
    }
  /** An alert in clear, so before or during the handshake. */
  | { readonly type: 'alert'; readonly side: TlsSide; readonly alert: Alert }
  /** What this side sends from here on is not TLS any more. Once for each side. */
  | {
      readonly type: 'clear'
      readonly side: TlsSide
      /** `failed`: the peers talk on after a handshake that came to nothing. */
      readonly after: 'established' | 'failed'
      /** Whether the last record looks like close_notify. Evidence for an auditor, no more. */
      readonly hasCloseNotify: boolean
      /**
       * Records of application data that each side has sent after its Finished. A client that has
       * said CCC has sent at least one, a server that has answered it too.
       */
      readonly applicationRecords: { readonly client: number; readonly server: number }
    }

/** Something that ends the connection. `detail` is a word or two for the packet log. */
export interface TlsViolation {
  readonly side: TlsSide
  readonly reason: TlsReason
  readonly detail: string
}

/** A violation by whoever is being read. */
export interface TlsProblem {
  readonly reason: TlsReason
  readonly detail: string
}

export function tlsProblem(reason: TlsReason, detail: string): TlsProblem {
  return { reason, detail }
}
