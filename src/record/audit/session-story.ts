/**
 * All that a log tells of one session, put together: what each side said and what became of it, every
 * rewrite with both addresses, the stretches that nobody could read, pinholes with their lives and
 * data connections with their bytes. Reports and explanations are made from it.
 */
import type { Side } from '../../engine/session/event.ts'
import type { LoggedRecord } from './log-entry.ts'

type RecordOf<T extends LoggedRecord['type']> = Extract<LoggedRecord, { type: T }>

/** Times are those of the log: ISO 8601, UTC. */
export interface SessionStory {
  readonly session: string
  readonly client: string
  readonly server: string
  /** The record of its opening; `undefined` when the log begins later. */
  readonly opened: RecordOf<'session.open'> | undefined
  /** The record of its end; `undefined` while it is open, or when that was not recorded. */
  readonly closed: RecordOf<'session.close'> | undefined
  readonly firstTime: string
  readonly lastTime: string
  /** Who logged in, in order, as far as that could be read. */
  readonly users: readonly string[]
  /** Everything in order. The lists below hold the same objects, by kind. */
  readonly events: readonly StoryEvent[]
  readonly lines: readonly ControlLine[]
  readonly rewrites: readonly Rewrite[]
  readonly stretches: readonly OpaqueStretch[]
  readonly pinholes: readonly PinholeLife[]
  readonly connections: readonly DataConnection[]
  readonly verdicts: readonly Verdict[]
  readonly handshakes: readonly Handshake[]
  /** Verdicts other than `permit` and `note`. */
  readonly refusals: number
  readonly toClientBytes: number
  readonly toServerBytes: number
  /** Records that found no room any more, and are counted alone. */
  readonly omitted: number
  /** Records of types that this version does not know. */
  readonly unknown: number
}

export type StoryEvent =
  | ControlLine
  | Rewrite
  | OpaqueStretch
  | PinholeLife
  | DataConnection
  | Verdict
  | Handshake

/** A command or a reply. */
export interface ControlLine {
  readonly kind: 'line'
  readonly time: string
  readonly from: Side
  /** The command, or the one that is answered. */
  readonly verb: string | undefined
  /** Of a reply. */
  readonly code: number | undefined
  /** The argument, or the text of the reply. */
  readonly text: string | undefined
  readonly lines: number
  /** Portcullis said this itself. */
  readonly isLocal: boolean
  /** What became of a command: it reached the server, was answered here, or was refused. */
  readonly outcome: 'forwarded' | 'answered' | 'refused'
  /** Where the line was changed on its way. */
  readonly rewrite: Rewrite | undefined
}

/** One announced endpoint, as it was announced and as it was told. */
export interface Rewrite {
  readonly kind: 'rewrite'
  readonly time: string
  /** Who announced. */
  readonly from: Side
  readonly form: RecordOf<'rewrite'>['form']
  /** The form that was sent on. */
  readonly as: RecordOf<'rewrite'>['form']
  readonly before: string
  readonly after: string
}

/** From here on nobody could read the control connection. */
export interface OpaqueStretch {
  readonly kind: 'opaque'
  readonly time: string
  readonly mechanism: string
  readonly version: string | undefined
  readonly cipher: string | undefined
  readonly isResumed: boolean
  readonly isNullCipher: boolean
  /** When what the client says could be read again, and whether it closed TLS in good order. */
  readonly clientClear:
    | { readonly time: string; readonly closeNotify: boolean | undefined }
    | undefined
  /** The same of the server, with which the stretch ends. */
  readonly serverClear:
    | { readonly time: string; readonly closeNotify: boolean | undefined }
    | undefined
}

/** An opening for one announced data connection, or the static range of an opaque session. */
export interface PinholeLife {
  readonly kind: 'pinhole'
  readonly time: string
  /** `p1`, `p2` …; `p0` is the static range. */
  readonly name: string
  readonly isRange: boolean
  readonly mode: 'passive' | 'active'
  /** The only address that might connect. */
  readonly peer: string
  readonly listening: string
  readonly dial: string
  /** `undefined` for a static range, which the session's own rule permits. */
  readonly rule: string | undefined
  readonly ttlMs: number | undefined
  readonly uses: readonly { readonly time: string; readonly peer: string }[]
  readonly closed: { readonly time: string; readonly reason: string } | undefined
}

export interface DataConnection {
  readonly kind: 'data'
  readonly time: string
  /** Of the pinhole that it came through. */
  readonly name: string
  readonly mode: 'passive' | 'active'
  readonly verb: string | undefined
  readonly path: string | undefined
  readonly from: string
  readonly to: string
  readonly closed:
    | {
        readonly time: string
        readonly toClientBytes: number
        readonly toServerBytes: number
        readonly durationMs: number
        readonly cause: RecordOf<'data.close'>['cause']
      }
    | undefined
}

export interface Verdict {
  readonly kind: 'verdict'
  readonly time: string
  readonly record: RecordOf<'verdict'>
}

/** A part of a TLS handshake that could be read. */
export interface Handshake {
  readonly kind: 'handshake'
  readonly time: string
  readonly record: RecordOf<'tls.hello' | 'tls.certificate' | 'tls.alert'>
}
