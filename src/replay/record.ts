/**
 * What a replay says: the records that a live session would have left in the packet log, and beside
 * them what only a capture can tell: where it has holes, and what became of the data connections
 * that somebody made at the time.
 */
import type { SessionId } from '../engine/id.ts'
import type { Side } from '../engine/session/event.ts'
import type { PacketLogRecord } from '../engine/session/record.ts'

interface OfSession {
  readonly session: SessionId
  readonly client: string
  readonly server: string
}

/** Whether a data connection of the capture would have got through, and what by. */
export type Cover = 'pinhole' | 'range' | 'none'

export type CaptureRecord =
  /** The session begins in the middle: its login is assumed. */
  | (OfSession & {
      readonly type: 'capture.mid-stream'
      readonly cause: 'no-beginning' | 'gap'
    })
  /** Bytes that a side sent are not in the capture. What is behind them is judged anew. */
  | (OfSession & { readonly type: 'capture.gap'; readonly side: Side; readonly bytes: number })
  /** The peers went on in a way that the rules had just refused; nothing behind it is judged. */
  | (OfSession & {
      readonly type: 'capture.diverged'
      readonly verb: string
      readonly code: number
    })
  /** Commands that the engine still held when the session ended: nothing was decided about them. */
  | (OfSession & {
      readonly type: 'capture.held'
      readonly commands: number
      /** The first of them; a line that is no command is `?`. */
      readonly verbs: readonly string[]
    })
  /** Both legs of the session are in the capture. What follows was replayed from the two together. */
  | (OfSession & {
      readonly type: 'capture.legs'
      /** Where the client came to, and where the proxy connected from. */
      readonly local: string
      readonly from: string
      /** How it is known: the file says so, or it was concluded from what was relayed. */
      readonly by: 'file' | 'relayed'
    })
  /** A data connection of the capture is over. */
  | {
      readonly type: 'capture.data'
      readonly session?: SessionId
      readonly client?: string
      readonly server?: string
      /** Who opened it. */
      readonly from: string
      readonly to: string
      /** ISO 8601. */
      readonly openedAt: string
      readonly cover: Cover
      /** The pinhole or static range; where there was none, the last one that led there. */
      readonly pinhole?: string
      /** Why it is not covered. */
      readonly reason?: string
      readonly rule?: string
      readonly detail?: string
      readonly fromBytes: number
      readonly toBytes: number
      /** It came to the proxy itself; what it came to is in the records of the session. */
      readonly isProxied?: true
    }
  /** The last record: what was read. */
  | {
      readonly type: 'capture.end'
      readonly packets: number
      readonly bytes: number
      readonly sessions: number
      /** Of these, how many are of two legs. */
      readonly proxied?: number
      /** Why reading ended before the end of the file. */
      readonly problem?: string
    }

export type ReplayRecord = PacketLogRecord | CaptureRecord

export interface ReplaySink {
  /**
   * `at` in milliseconds since 1970: the time of the packet that brought it about, or of a timer.
   * `session` is given where a record belongs to a control connection and does not say so.
   */
  record(record: ReplayRecord, at: number, session?: SessionId): void
  /** Nothing more will be said about this control connection. */
  over?(session: SessionId): void
}

/** The control connection of a session: `r1` for `r1` and for `r1.2`, which begins behind a gap. */
export function connectionOf(session: string): string {
  return session.split('.')[0] ?? session
}

export function isCaptureRecord(record: ReplayRecord): record is CaptureRecord {
  return record.type.startsWith('capture.')
}
