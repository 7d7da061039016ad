/**
 * Somebody has come to where a session expects data connections: the one who was announced is let
 * in, the server that was faster than its own reply waits, everybody else is dropped.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import type { Instant } from '../../net/instant.ts'
import type { DataConnectionId } from '../id.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import { checkUnannounced } from './data-rules.ts'
import type { SessionEvent, Side } from './event.ts'
import type { SessionParts } from './parts.ts'
import type { Reason } from './reason.ts'
import type { StaticRange } from './static-range.ts'

type DataAccepted = Extract<SessionEvent, { type: 'dataAccepted' }>

/** `used`: a pinhole is used up; `passed`: through the static range; `not-used`: held or dropped. */
export type Arrival = 'used' | 'passed' | 'not-used'

export class DataArrivals {
  readonly #parts: SessionParts
  readonly #range: StaticRange

  constructor(parts: SessionParts, range: StaticRange) {
    this.#parts = parts
    this.#range = range
  }

  accepted({ connection, pinhole, local, peer }: DataAccepted, now: Instant): Arrival {
    const { expectation, outbox } = this.#parts
    if (this.#range.has(pinhole)) return this.#throughRange(connection, local, peer)
    const admitted = expectation.admit(pinhole, peer)
    if (typeof admitted !== 'string') return this.#use(connection, admitted, peer, now)
    const side = expectation.open?.pinhole.mode === 'active' ? 'server' : 'client'
    if (admitted !== 'data.early' || !expectation.holdEarly(connection, peer))
      return this.#drop(connection, admitted, side, peer)
    outbox.verdict('note', admitted, { side, detail: shown(peer) })
    outbox.push({ type: 'holdData', connection })
    return 'not-used'
  }

  /** The server has accepted PORT and was faster than its own reply. */
  useEarly(now: Instant): Arrival {
    const { expectation } = this.#parts
    const pinhole = expectation.open?.pinhole
    const early = expectation.takeEarly()
    if (early === undefined || pinhole === undefined) return 'not-used'
    const admitted = expectation.admit(pinhole.id, early.peer)
    return typeof admitted === 'string'
      ? this.#drop(early.connection, admitted, 'server', early.peer)
      : this.#use(early.connection, admitted, early.peer, now)
  }

  /** First correct peer wins: nobody else gets in. */
  #use(connection: DataConnectionId, pinhole: Pinhole, peer: Endpoint, now: Instant): Arrival {
    const { expectation, data, deadlines } = this.#parts
    deadlines.clear('data-lag')
    data.accept(connection, pinhole, peer, now)
    expectation.close('used', now)
    return 'used'
  }

  /** Nothing was announced that could be seen, so the rules are asked. */
  #throughRange(connection: DataConnectionId, local: Endpoint, peer: Endpoint): Arrival {
    const { settings, data } = this.#parts
    const pinhole = this.#range.use(local)
    const refusal = checkUnannounced(settings.evaluator, pinhole, peer)
    if (refusal !== undefined) return this.#drop(connection, refusal, 'client', peer)
    data.acceptOpaque(connection, pinhole, peer)
    return 'passed'
  }

  #drop(connection: DataConnectionId, reason: Reason, side: Side, peer: Endpoint): Arrival {
    const { outbox } = this.#parts
    outbox.verdict('drop-data', reason, { side, detail: shown(peer) })
    outbox.push({ type: 'dropData', connection })
    return 'not-used'
  }
}

function shown(peer: Endpoint): string {
  return `${peer.address} port ${peer.port}`
}
