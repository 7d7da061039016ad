/**
 * Which leg of which session a connection of a capture file is: a comment on its first packet. What
 * writes captures of the proxy's own sessions and what reads them agree here.
 */
import type { Side } from '../../engine/session/event.ts'
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'

export interface LegName {
  readonly session: string
  /** Whose leg it is: the client's, or the server's. */
  readonly side: Side
}

const COMMENT = /^session (\S+), (client|server) side, peer \S+$/

export function formatLegComment({ session, side }: LegName, peer: Endpoint): string {
  return `session ${session}, ${side} side, peer ${formatEndpoint(peer)}`
}

/** `undefined`: the comment is somebody else's. */
export function parseLegComment(comment: string): LegName | undefined {
  const match = COMMENT.exec(comment)
  if (match === null) return undefined
  const [, session = '', side] = match
  return { session, side: side === 'client' ? 'client' : 'server' }
}
