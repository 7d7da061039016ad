/**
 * Somebody has come to where a session expects data connections: the one who was announced is let
 * in, the server that was faster than its own reply waits, everybody else is dropped. What the kernel
 * carries has been let in already, so there dropping means to cut it off.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import type { Instant } from '../../net/instant.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { Arrived } from './data-connections.ts'
import { checkUnannounced } from './data-rules.ts'
import type { SessionEvent, Side } from './event.ts'
import { OPAQUE_CONNECTIONS_MAX } from './limits.ts'
import type { SessionParts } from './parts.ts'
import type { Reason } from './reason.ts'
import type { StaticRange } from './static-range.ts'

type DataAccepted = Extract<SessionEvent, { type: 'dataAccepted' }>
type DataPassed = Extract<SessionEvent, { type: 'dataPassed' }>

/** `used`: a pinhole is used up; `passed`: through the static range; `not-used`: held or dropped. */
export type Arrival = 'used' | 'passed' | 'not-used'

export class DataArrivals {
  readonly #parts: SessionParts
  readonly #range: StaticRange

  constructor(parts: SessionParts, range: StaticRange) {
    this.#parts = parts
    this.#range = range
  }

  arrived(event: DataAccepted | DataPassed, now: Instant): Arrival {
    const { expectation, outbox } = this.#parts
    const { type, connection, pinhole, local, peer } = event
    const arrived = { connection, peer, isCarried: type === 'dataPassed' }
    if (this.#range.has(pinhole)) return this.#throughRange(arrived, local, now)
    const admitted = expectation.admit(pinhole, peer)
    if (typeof admitted !== 'string') return this.#use(arrived, admitted, now)
    const side = expectation.open?.pinhole.mode === 'active' ? 'server' : 'client'
    if (admitted !== 'data.early' || !expectation.holdEarly(arrived))
      return this.#drop(arrived, admitted, side)
    outbox.verdict('note', admitted, { side, detail: shown(peer) })
    if (!arrived.isCarried) outbox.push({ type: 'holdData', connection })
    return 'not-used'
  }

  /** The kernel let somebody in while the control connection was ending. */
  tooLate({ connection, peer }: DataPassed): void {
    const { settings } = this.#parts
    const side = peer.address === settings.client.address ? 'client' : 'server'
    this.#drop({ connection, peer, isCarried: true }, 'data.extra-peer', side)
  }

  /** The server has accepted PORT and was faster than its own reply. */
  useEarly(now: Instant): Arrival {
    const { expectation } = this.#parts
    const pinhole = expectation.open?.pinhole
    const early = expectation.takeEarly()
    if (early === undefined || pinhole === undefined) return 'not-used'
    const admitted = expectation.admit(pinhole.id, early.peer)
    return typeof admitted === 'string'
      ? this.#drop(early, admitted, 'server')
      : this.#use(early, admitted, now)
  }

  /** First correct peer wins: nobody else gets in. */
  #use(arrived: Arrived, pinhole: Pinhole, now: Instant): Arrival {
    const { expectation, data, deadlines } = this.#parts
    deadlines.clear('data-lag')
    data.accept(arrived, pinhole, expectation.leased, now)
    expectation.close('used', now)
    if (arrived.isCarried) data.dialed(arrived.connection, now)
    return 'used'
  }

  /** Nothing was announced that could be seen, so the rules are asked. */
  #throughRange(arrived: Arrived, local: Endpoint, now: Instant): Arrival {
    const { settings, data } = this.#parts
    const { connection, peer, isCarried } = arrived
    const pinhole = this.#range.use(local, peer.address)
    const refusal =
      data.count >= OPAQUE_CONNECTIONS_MAX
        ? 'limit.data-connections'
        : checkUnannounced(settings.evaluator, pinhole, peer)
    if (refusal !== undefined)
      return this.#drop(arrived, refusal, pinhole.mode === 'active' ? 'server' : 'client')
    data.acceptOpaque(arrived, pinhole, now)
    if (isCarried) data.dialed(connection, now)
    return 'passed'
  }

  #drop({ connection, peer, isCarried }: Arrived, reason: Reason, side: Side): Arrival {
    const { outbox } = this.#parts
    outbox.verdict('drop-data', reason, { side, detail: shown(peer) })
    outbox.push({ type: isCarried ? 'closeData' : 'dropData', connection })
    return 'not-used'
  }
}

function shown(peer: Endpoint): string {
  return `${peer.address} port ${peer.port}`
}
