/** What is told of the ports of a rule file's ranges, as `portcullis ports` shows it. */
import type { Ip } from '../../net/ip.ts'
import type { Port, PortRange } from '../../net/port.ts'
import type { SessionId } from '../id.ts'

/**
 * `leased`: announced, and its peer has not come yet; `connected`: a data connection is on it;
 * `resting`: free, and not given to the same peer again so soon.
 */
export const PORT_STATES = ['leased', 'connected', 'resting'] as const
export type PortState = (typeof PORT_STATES)[number]

/** One port of ours at one address, in the hands of one peer. */
export interface PortUse {
  readonly state: PortState
  /** Who may connect or has connected: the client; in active mode the server. */
  readonly holder: Ip
  readonly local: Ip
  readonly port: Port
  /** `undefined` for a port that rests: its session may be over. */
  readonly session: SessionId | undefined
}

/** An opaque session, which may use every port of a range. */
export interface OpenRange {
  readonly session: SessionId
  readonly holder: Ip
  readonly local: Ip
  readonly ports: PortRange
}
