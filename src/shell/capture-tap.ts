/** What happens to control connections, as the capture file is told of it. */
import type { SessionId } from '../engine/id.ts'
import type { Effect } from '../engine/session/effect.ts'
import type { Event } from '../engine/session/event.ts'
import type { Endpoint } from '../net/endpoint.ts'
import type { CaptureFile } from './capture-file.ts'

type Capture = Pick<CaptureFile, 'opened' | 'bytes' | 'closed' | 'ended'>

export class CaptureTap {
  readonly #capture: Capture
  /** Servers that are being connected, or that sessions have. */
  readonly #servers = new Map<SessionId, Endpoint>()

  constructor(capture: Capture) {
    this.#capture = capture
  }

  /** What the peers did. */
  happened(event: Event): void {
    switch (event.type) {
      case 'clientConnected': {
        const { session, client, local, original } = event
        return this.#capture.opened(session, 'client', client, original ?? local)
      }
      case 'serverConnected': {
        const server = this.#servers.get(event.session)
        if (server !== undefined) this.#capture.opened(event.session, 'server', server, event.local)
        return
      }
      case 'bytes':
        return this.#capture.bytes(event.session, event.side, 'in', event.bytes)
      case 'sideClosed': {
        const cause = event.cause === 'end' ? 'end' : 'reset'
        return this.#capture.closed(event.session, event.side, 'in', cause)
      }
      default:
    }
  }

  /** What the engine has done to them. */
  performed(effect: Effect): void {
    switch (effect.type) {
      case 'connectServer':
        this.#servers.set(effect.session, effect.server)
        return
      case 'send':
        return this.#capture.bytes(effect.session, effect.side, 'out', effect.bytes)
      case 'close':
        return this.#capture.closed(effect.session, effect.side, 'out', 'end')
      case 'sessionEnded':
        this.#servers.delete(effect.session)
        return this.#capture.ended(effect.session)
      default:
    }
  }
}
