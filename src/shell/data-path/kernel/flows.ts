/**
 * The data connections that the kernel carries, from their first packet to their end. The kernel
 * sends no word when one ends (it could, but for every connection of the host), so connection
 * tracking is asked, flow by flow: some ten microseconds each, and the more there are the less often.
 */
import type { DataConnectionId, PinholeId, SessionId } from '../../../engine/id.ts'
import { type Endpoint, formatEndpoint } from '../../../net/endpoint.ts'
import { between, type Duration, type Instant } from '../../../net/instant.ts'
import type { DataEvent } from '../data-path.ts'
import type { FlowState } from '../../netlink/conntrack.ts'
import type { FlowTable } from './kernel.ts'

/** A connection that was let in. */
export interface Passed {
  readonly session: SessionId
  readonly pinhole: PinholeId
  /** Who connected: `passive` the client, `active` the server. */
  readonly mode: 'passive' | 'active'
  /** As the one who connected has it. */
  readonly peer: Endpoint
  readonly local: Endpoint
  /** Where it really went, and as whom it is shown there; without a port when the kernel picks it. */
  readonly dial: Endpoint
  readonly shownAs: Endpoint | undefined
}

export type EndCause = Extract<DataEvent, { type: 'dataEnded' }>['cause']

/** What became of flows. */
export interface Polled {
  readonly ended: readonly DataEvent[]
  readonly idle: readonly DataConnectionId[]
}

interface Count {
  readonly packets: number
  readonly bytes: number
}

interface Flow {
  readonly passed: Passed
  original: Count
  reply: Count
  /** When a packet was last known to have moved. */
  movedAt: Instant
  readonly passedAt: Instant
  isKnown: boolean
  idle: Duration | undefined
}

const NOTHING: Count = { packets: 0, bytes: 0 }

/**
 * The first packet is logged before its entry exists, and another table may drop it in between.
 */
const APPEARS_WITHIN_MS = 1000

/** Ended flows whose entries the kernel still has for a while; in the order in which they ended. */
const LINGERING_MAX = 10_000

export class Flows {
  readonly #table: FlowTable
  readonly #onError: (error: unknown) => void
  readonly #flows = new Map<DataConnectionId, Flow>()
  readonly #bySession = new Map<SessionId, Set<DataConnectionId>>()
  readonly #lingering = new Map<string, Passed>()

  /** `onError` is told when the kernel does not answer; a flow then counts as running. */
  constructor(table: FlowTable, onError: (error: unknown) => void) {
    this.#table = table
    this.#onError = onError
  }

  get size(): number {
    return this.#flows.size
  }

  has(connection: DataConnectionId): boolean {
    return this.#flows.has(connection)
  }

  get connections(): readonly DataConnectionId[] {
    return [...this.#flows.keys()]
  }

  add(connection: DataConnectionId, passed: Passed, now: Instant): void {
    this.#flows.set(connection, {
      passed,
      original: NOTHING,
      reply: NOTHING,
      movedAt: now,
      passedAt: now,
      isKnown: false,
      idle: undefined,
    })
    const others = this.#bySession.get(passed.session)
    if (others === undefined) this.#bySession.set(passed.session, new Set([connection]))
    else others.add(connection)
  }

  /** From now on it ends when no packet moves for `idle`. */
  watch(connection: DataConnectionId, idle: Duration, now: Instant): void {
    const flow = this.#flows.get(connection)
    if (flow === undefined) return
    flow.idle = idle
    flow.movedAt = now
  }

  passed(connection: DataConnectionId): Passed | undefined {
    return this.#flows.get(connection)?.passed
  }

  /** Asks about every flow. `idle` ones are only named: somebody else ends them. */
  poll(now: Instant): Polled {
    return this.#poll(this.#flows.keys(), now)
  }

  /** As {@link poll}, the flows of one session. */
  pollSession(session: SessionId, now: Instant): Polled {
    return this.#poll(this.#bySession.get(session) ?? [], now)
  }

  #poll(connections: Iterable<DataConnectionId>, now: Instant): Polled {
    const ended: DataEvent[] = []
    const idle: DataConnectionId[] = []
    for (const connection of connections) {
      const flow = this.#flows.get(connection)
      if (flow === undefined) continue
      const cause = this.#ask(flow, now)
      if (cause === 'idle') idle.push(connection)
      else if (cause !== undefined) {
        ended.push(this.#over(connection, flow, cause))
        this.#linger(flow.passed)
      }
    }
    return { ended, idle }
  }

  /** Makes the kernel forget a flow, after a last look at what it carried. */
  end(connection: DataConnectionId, cause: EndCause): DataEvent | undefined {
    const flow = this.#flows.get(connection)
    if (flow === undefined) return undefined
    this.#read(flow, flow.movedAt)
    this.forget(flow.passed)
    return this.#over(connection, flow, cause)
  }

  /**
   * Makes the kernel forget an ended flow that would be taken for a new one: where a peer is shown
   * with a fixed port, two connections to one port differ in nothing.
   */
  clear(shownAs: Endpoint, dial: Endpoint): void {
    const name = nameOf(shownAs, dial)
    const passed = this.#lingering.get(name)
    if (passed === undefined) return
    this.#lingering.delete(name)
    const found = this.#find(passed)
    if (found === undefined || found === 'unanswered') return
    const { state } = found
    // The same addresses and ports may carry another connection by now.
    if (state === 'ended' || state === 'reset') this.forget(passed)
  }

  /** Makes the kernel forget a connection, of which it may know nothing any more. */
  forget({ peer, local }: Passed): void {
    try {
      this.#table.delete({ source: peer, destination: local })
    } catch (error) {
      this.#onError(error)
    }
  }

  #find({ peer, local }: Passed): FlowState | 'unanswered' | undefined {
    try {
      return this.#table.get({ source: peer, destination: local })
    } catch (error) {
      this.#onError(error)
      return 'unanswered'
    }
  }

  #ask(flow: Flow, now: Instant): EndCause | undefined {
    const state = this.#read(flow, now)
    if (state === 'ended') return 'end'
    if (state === 'reset') return 'reset'
    if (state === 'unknown')
      return flow.isKnown || between(flow.passedAt, now) > APPEARS_WITHIN_MS ? 'reset' : undefined
    return flow.idle !== undefined && between(flow.movedAt, now) > flow.idle ? 'idle' : undefined
  }

  #read(flow: Flow, now: Instant): 'ended' | 'reset' | 'unknown' | 'open' {
    const found = this.#find(flow.passed)
    if (found === undefined) return 'unknown'
    if (found === 'unanswered') return 'open'
    const { original, reply, state } = found
    const packets = flow.original.packets + flow.reply.packets
    if (original.packets + reply.packets !== packets) flow.movedAt = now
    flow.original = original
    flow.reply = reply
    flow.isKnown = true
    return state === 'ended' || state === 'reset' ? state : 'open'
  }

  #over(connection: DataConnectionId, flow: Flow, cause: EndCause): DataEvent {
    const { passed, original, reply } = flow
    this.#flows.delete(connection)
    const others = this.#bySession.get(passed.session)
    others?.delete(connection)
    if (others?.size === 0) this.#bySession.delete(passed.session)
    const [toServer, toClient] = passed.mode === 'passive' ? [original, reply] : [reply, original]
    return {
      type: 'dataEnded',
      session: passed.session,
      connection,
      toClientBytes: toClient.bytes,
      toServerBytes: toServer.bytes,
      toClientPackets: toClient.packets,
      toServerPackets: toServer.packets,
      cause,
    }
  }

  #linger(passed: Passed): void {
    if (passed.shownAs === undefined) return
    const name = nameOf(passed.shownAs, passed.dial)
    this.#lingering.delete(name)
    this.#lingering.set(name, passed)
    if (this.#lingering.size <= LINGERING_MAX) return
    for (const oldest of this.#lingering.keys()) {
      this.#lingering.delete(oldest)
      return
    }
  }
}

function nameOf(shownAs: Endpoint, dial: Endpoint): string {
  return `${formatEndpoint(shownAs)} ${formatEndpoint(dial)}`
}
