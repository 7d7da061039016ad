/**
 * The packet log as data: what the engine says happened. The shell adds `time`, `seq` and the hash
 * chain when it writes a record (docs/packet-log.md). Text that came from a peer has been through
 * `escapeBytes`: it is one line, printable, and tells any two byte strings apart. Secrets (the
 * arguments of PASS, ACCT and ADAT) are never in a record: the lexer does not keep them.
 */
import type { Side } from './event.ts'
import type { CheckName } from '../rules/inspection.ts'
import type { PinholeId, SessionId } from '../id.ts'
import type { Reason } from './reason.ts'

/** Endpoints are written as `formatEndpoint` writes them. */
type EndpointText = string

interface OfSession {
  readonly session: SessionId
  readonly client: EndpointText
  readonly server: EndpointText
}

/** What became of a line, a reply, a data connection or a session. */
export type RecordedVerdict =
  | 'permit'
  | 'deny'
  | 'reject'
  | 'replace'
  | 'close'
  | 'drop-data'
  | 'note'

export type SessionRecord = OfSession &
  (
    | {
        readonly type: 'session.open'
        readonly listener: string
        readonly local: EndpointText
        readonly rule: string
        readonly profile: string
      }
    | {
        readonly type: 'session.close'
        readonly reason: Reason | 'client-closed' | 'server-closed' | 'quit'
        readonly durationMs: number
        readonly commands: number
        readonly transfers: number
        readonly toClientBytes: number
        readonly toServerBytes: number
        readonly refusals: number
        /** How often each check of the profile found something. */
        readonly checks?: Readonly<Partial<Record<CheckName, number>>>
      }
    /** A well-formed command line. `argument` is absent for secrets and where there is none. */
    | {
        readonly type: 'control.command'
        readonly verb: string
        readonly argument?: string
      }
    /** A complete reply, on the command it answers; the greeting answers none. */
    | {
        readonly type: 'control.reply'
        readonly code: number
        readonly text: string
        readonly lines: number
        readonly verb?: string
        /** Where the proxy answered in the server's place. */
        readonly local?: true
      }
    | {
        readonly type: 'rewrite'
        readonly form: 'PORT' | 'EPRT' | '227' | '229'
        readonly before: EndpointText
        readonly after: EndpointText
        /** The form sent on, where it is not the one received. */
        readonly as?: 'PORT' | 'EPRT' | '227' | '229'
      }
    | {
        readonly type: 'pinhole.open'
        readonly pinhole: PinholeId
        readonly mode: 'passive' | 'active'
        readonly peer: string
        readonly listening: EndpointText
        readonly dial: EndpointText
        readonly rule: string
        readonly ttlMs: number
      }
    | {
        readonly type: 'pinhole.use'
        readonly pinhole: PinholeId
        readonly peer: EndpointText
      }
    | {
        readonly type: 'pinhole.close'
        readonly pinhole: PinholeId
        readonly reason: 'used' | 'expired' | 'replaced' | 'refused' | 'session-closed' | 'aborted'
      }
    | {
        readonly type: 'data.open'
        readonly pinhole: PinholeId
        readonly mode: 'passive' | 'active'
        readonly verb?: string
        readonly path?: string
        readonly from: EndpointText
        readonly to: EndpointText
      }
    | {
        readonly type: 'data.close'
        readonly pinhole: PinholeId
        readonly verb?: string
        readonly path?: string
        readonly toClientBytes: number
        readonly toServerBytes: number
        /** Where the kernel carried it; its bytes are then those of IP packets, headers included. */
        readonly toClientPackets?: number
        readonly toServerPackets?: number
        readonly durationMs: number
        readonly cause: 'end' | 'reset' | 'idle' | 'closed'
      }
    /** What a side says in its hello: all a client offers, the one thing a server has chosen. */
    | {
        readonly type: 'tls.hello'
        readonly side: Side
        readonly versions: readonly string[]
        readonly ciphers: readonly string[]
        readonly serverName?: string
        readonly alpn?: readonly string[]
        readonly resumption?: string
        /** The server name may be a cover for another (RFC 9849). */
        readonly encryptedHello?: true
        /** A HelloRetryRequest. */
        readonly retry?: true
      }
    /** The first certificate of a chain, up to TLS 1.2; shown, not verified. */
    | {
        readonly type: 'tls.certificate'
        readonly side: Side
        readonly chainLength: number
        readonly subject?: string
        readonly issuer?: string
        readonly names?: readonly string[]
        readonly notBefore?: string
        readonly notAfter?: string
        readonly fingerprint?: string
        readonly key?: string
        readonly problem?: string
      }
    | {
        readonly type: 'tls.alert'
        readonly side: Side
        readonly level: 'warning' | 'fatal'
        readonly name: string
      }
    /** From here on nothing can be read. */
    | {
        readonly type: 'channel.opaque'
        readonly mechanism: string
        readonly version?: string
        readonly cipher?: string
        readonly resumed?: boolean
        /** A cipher suite that does not encrypt, where the profile permits one. */
        readonly nullCipher?: true
      }
    /** From here on this side can be read again. */
    | {
        readonly type: 'channel.clear'
        readonly side: Side
        /** Whether the last record looks like close_notify, as far as that can be seen. */
        readonly closeNotify?: boolean
      }
    /** The static range of an opaque session. */
    | {
        readonly type: 'range.open'
        readonly range: PinholeId
        readonly peer: string
        /** Where the client may connect; absent where the server's passive ports are not known. */
        readonly listening?: string
        readonly dial?: string
        /** Where the server may connect, from port 20. */
        readonly active?: string
      }
    | {
        readonly type: 'range.close'
        readonly range: PinholeId
        readonly connections: number
      }
    | {
        readonly type: 'verdict'
        readonly verdict: RecordedVerdict
        readonly reason: Reason
        /** The check of the profile that found it. */
        readonly check?: CheckName
        readonly side: Side
        readonly verb?: string
        readonly argument?: string
        readonly rule?: string
        readonly detail?: string
      }
  )

export type PacketLogRecord =
  | SessionRecord
  /** A control connection that never became a session. */
  | {
      readonly type: 'session.refused'
      readonly listener: string
      readonly client: EndpointText
      readonly server: EndpointText
      readonly reason: Reason
      readonly rule?: string
    }
  /** A data connection that belongs to nobody. */
  | {
      readonly type: 'data.refused'
      readonly peer: EndpointText
      readonly local: EndpointText
      readonly reason: Reason
      readonly session?: SessionId
    }
  /** The driver's own records: start, stop, lost records. */
  | {
      readonly type: 'log.start'
      readonly version: string
      readonly rules: string
      /** Which of several processes writes this log. */
      readonly worker?: number
    }
  | { readonly type: 'log.stop' }
  | { readonly type: 'log.lost'; readonly records: number }
