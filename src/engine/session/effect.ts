/**
 * Everything the engine can wish for. The shell performs effects in the order given and reports
 * what came of them as events. An effect that needs an answer carries the id the answer names.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import type { Duration } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import type { DataConnectionId, SessionId } from '../id.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { ScopedRange } from '../nat/scoped-range.ts'
import type { Side } from './event.ts'
import type { PacketLogRecord } from './record.ts'

/** Which way the file goes; bytes in the other direction are counted and reported. */
export type TransferDirection = 'to-client' | 'to-server'

export type Effect =
  | {
      readonly type: 'connectServer'
      readonly session: SessionId
      readonly server: Endpoint
      /** Our end is to have this address. */
      readonly from?: Ip
      /** `from` is the client's own address, not one of this host. */
      readonly isTransparent?: true
    }
  /** One or more whole lines, or TLS records as they came; to be written in one piece. */
  | {
      readonly type: 'send'
      readonly session: SessionId
      readonly side: Side
      readonly bytes: Uint8Array
    }
  /** Stop reading a leg: the peer runs ahead of what may be forwarded. */
  | { readonly type: 'pause'; readonly session: SessionId; readonly side: Side }
  | { readonly type: 'resume'; readonly session: SessionId; readonly side: Side }
  /** Send what is buffered and a FIN, and read no more; `sideClosed` is no longer of interest. */
  | { readonly type: 'close'; readonly session: SessionId; readonly side: Side }
  | { readonly type: 'openPinhole'; readonly pinhole: Pinhole }
  /** No longer listen for it. Data connections that came through it live on. */
  | { readonly type: 'closePinhole'; readonly pinhole: Pinhole }
  /** Listen on every port of the range, for one peer, until `closeRange`. */
  | { readonly type: 'openRange'; readonly range: ScopedRange }
  | { readonly type: 'closeRange'; readonly range: ScopedRange }
  /** Keep an accepted data connection as it is: whether it is used is not known yet. */
  | { readonly type: 'holdData'; readonly connection: DataConnectionId }
  /** Connect the other leg of an accepted data connection; hold its bytes until `startData`. */
  | {
      readonly type: 'dialData'
      readonly connection: DataConnectionId
      readonly pinhole: Pinhole
      readonly timeout: Duration
    }
  /** Let bytes flow. `idle` is how long no byte may move in either direction. */
  | {
      readonly type: 'startData'
      readonly connection: DataConnectionId
      readonly direction: TransferDirection
      readonly idle: Duration
    }
  /** Drop an accepted data connection that nobody expects, at once and with a RST. */
  | { readonly type: 'dropData'; readonly connection: DataConnectionId }
  /** End both legs of a data connection now. */
  | { readonly type: 'closeData'; readonly connection: DataConnectionId }
  | { readonly type: 'record'; readonly record: PacketLogRecord }
  /** The session is gone from the engine; the shell forgets it. */
  | { readonly type: 'sessionEnded'; readonly session: SessionId }
