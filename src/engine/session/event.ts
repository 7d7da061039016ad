/**
 * Everything that can happen to the engine. Nothing else goes in: no callback, no socket, no
 * clock. Time is the second argument of `handle`.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import type { Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import type { Port } from '../../net/port.ts'
import type { Evaluator } from '../rules/ruleset.ts'
import type { DataConnectionId, PinholeId, SessionId } from '../id.ts'

/** Which peer of a session. */
export type Side = 'client' | 'server'

/** How a TCP connection ended. */
export type CloseCause = 'end' | 'reset' | 'error' | 'stalled'

export type Event = SessionEvent | GatewayEvent

/** Events of one control connection. */
export type SessionEvent =
  /** The server leg is connected; `local` is our end of it. */
  | { readonly type: 'serverConnected'; readonly session: SessionId; readonly local: Endpoint }
  /** The server leg could not be connected. `cause` is the operating system's word (ECONNREFUSED …). */
  | { readonly type: 'serverFailed'; readonly session: SessionId; readonly cause: string }
  | {
      readonly type: 'bytes'
      readonly session: SessionId
      readonly side: Side
      readonly bytes: Uint8Array
    }
  | {
      readonly type: 'sideClosed'
      readonly session: SessionId
      readonly side: Side
      readonly cause: CloseCause
    }
  /** Answer to `openPinhole`: connections to `listening` are now reported as `dataConnection`. */
  | {
      readonly type: 'pinholeOpened'
      readonly session: SessionId
      readonly pinhole: PinholeId
      readonly listening: Endpoint
    }
  /** Answer to `openPinhole`. `EADDRINUSE` makes the engine try another port of the range. */
  | {
      readonly type: 'pinholeFailed'
      readonly session: SessionId
      readonly pinhole: PinholeId
      readonly cause: string
    }
  /** Answer to `openRange`. `missing`: ports on which the data path cannot listen. */
  | {
      readonly type: 'rangeOpened'
      readonly session: SessionId
      readonly range: PinholeId
      readonly missing: readonly Port[]
    }
  /** Answer to `dialData`: both legs of the data connection stand. `local` is our dialling end. */
  | {
      readonly type: 'dataDialed'
      readonly session: SessionId
      readonly connection: DataConnectionId
      readonly local: Endpoint
    }
  /** Answer to `dialData`; the data path has dropped the accepted leg as well. */
  | {
      readonly type: 'dataDialFailed'
      readonly session: SessionId
      readonly connection: DataConnectionId
      readonly cause: string
    }
  /** The kernel let a data connection through; it is already carrying it, and needs no answer. */
  | {
      readonly type: 'dataPassed'
      readonly session: SessionId
      readonly connection: DataConnectionId
      readonly pinhole: PinholeId
      readonly local: Endpoint
      readonly peer: Endpoint
    }
  /**
   * A dialled or passed data connection is over. Bytes are those delivered; where the kernel carried
   * it, those of its IP packets, headers included, and the packets are counted as well.
   */
  | {
      readonly type: 'dataEnded'
      readonly session: SessionId
      readonly connection: DataConnectionId
      readonly toClientBytes: number
      readonly toServerBytes: number
      readonly toClientPackets?: number
      readonly toServerPackets?: number
      readonly cause: 'end' | 'reset' | 'idle' | 'closed'
    }
  /** The gateway found whose pinhole a `dataConnection` came to. */
  | {
      readonly type: 'dataAccepted'
      readonly session: SessionId
      readonly connection: DataConnectionId
      readonly pinhole: PinholeId
      readonly local: Endpoint
      readonly peer: Endpoint
    }
  /** The process is shutting down: end now, or after the transfer that runs, by `until`. */
  | { readonly type: 'drainRequested'; readonly session: SessionId; readonly until: Instant }
  /** The instant that `nextDeadline` named has come. Harmless when nothing is due. */
  | { readonly type: 'deadlineReached'; readonly session: SessionId }

/** Events of the process as a whole. */
export type GatewayEvent =
  /** A control connection was accepted. `session` is chosen by the caller and never reused. */
  | {
      readonly type: 'clientConnected'
      readonly session: SessionId
      readonly listener: string
      readonly client: Endpoint
      /** Our end, as the socket has it. */
      readonly local: Endpoint
      /** Of an intercepted connection: where the client meant to connect. */
      readonly original?: Endpoint
      /** It cannot be served: hardly any is left, here or among all processes that share the limit. */
      readonly isOneTooManyFor?: 'descriptors' | 'sessions'
    }
  /** Somebody connected to a pinhole's listener. Answered with `dialData`,
   * `holdData` or `dropData`. */
  | {
      readonly type: 'dataConnection'
      readonly connection: DataConnectionId
      readonly local: Endpoint
      readonly peer: Endpoint
    }
  /** The kernel turned away a new connection that no pinhole and no range expected. */
  | { readonly type: 'dataDenied'; readonly local: Endpoint; readonly peer: Endpoint }
  /** SIGTERM: no new sessions; transfers may run until `until`. */
  | { readonly type: 'drain'; readonly until: Instant }
  /** The packet log cannot (or can again) be written. */
  | { readonly type: 'packetLogFailed' }
  | { readonly type: 'packetLogRecovered' }
  /** The addresses of this host, so that nobody makes the proxy connect to itself. */
  | { readonly type: 'localAddresses'; readonly addresses: readonly Ip[] }
  /** A new rule file was loaded; sessions keep theirs, new sessions get the new one. */
  | { readonly type: 'rulesReplaced'; readonly evaluator: Evaluator }
