/** What comes through: reads the kernel's word of connections, follows them, and ends them. */
import type { DataConnectionId } from '../../../engine/id.ts'
import { type Duration, between, type Instant } from '../../../net/instant.ts'
import type { LoggedPacket } from '../../netlink/nflog.ts'
import type { DataEvent } from '../data-path.ts'
import { adding, type Command, cutElements } from './elements.ts'
import { type EndCause, Flows, type Passed, type Polled } from './flows.ts'
import type { Kernel } from './kernel.ts'
import type { Opening, Openings } from './openings.ts'
import { DENIED_PREFIX, PASSED_PREFIX } from './table-names.ts'
import type { TransactionQueue } from './transaction-queue.ts'

export interface TrafficHost {
  readonly kernel: Kernel
  readonly queue: TransactionQueue
  readonly openings: Openings
  readonly nextConnection: () => DataConnectionId
  readonly now: () => Instant
  report(event: DataEvent): void
  used(opening: Opening): void
  /** Whether somebody else answers connections to it. */
  isRelayed(packet: LoggedPacket): boolean
  /** So many messages of the kernel were lost since the last time. */
  lost(packets: number): void
  /** Connection tracking did not answer. */
  failed(error: unknown): void
}

/** Packets read at once, and how often without a pause. */
const PACKETS_MAX = 256
const READS_MAX = 64

/** All flows are asked about in this period at the soonest, and in so much more for each of them. */
const POLL_MS = 100
const POLL_EACH_MS = 1

export class Traffic {
  readonly #host: TrafficHost
  readonly #flows: Flows
  #polledAt: Instant
  #lost = 0

  constructor(host: TrafficHost) {
    this.#host = host
    this.#flows = new Flows(host.kernel.flows, (error) => host.failed(error))
    this.#polledAt = host.now()
  }

  get size(): number {
    return this.#flows.size
  }

  has(connection: DataConnectionId): boolean {
    return this.#flows.has(connection)
  }

  /** Reports every connection that the kernel has told of. */
  drain(): void {
    const { packets } = this.#host.kernel
    for (let reads = 0; reads < READS_MAX; reads++) {
      const read = packets.read(PACKETS_MAX)
      for (const packet of read) this.#take(packet)
      if (read.length < PACKETS_MAX) break
    }
    const { lost } = packets
    if (lost > this.#lost) this.#host.lost(lost - this.#lost)
    this.#lost = lost
  }

  /** Asks how the flows stand, when it is time to. */
  poll(): void {
    const now = this.#host.now()
    const period = Math.max(POLL_MS, this.#flows.size * POLL_EACH_MS)
    if (between(this.#polledAt, now) < period) return
    this.#polledAt = now
    this.#tell(this.#flows.poll(now))
  }

  #tell({ ended, idle }: Polled): void {
    for (const event of ended) this.#host.report(event)
    for (const connection of idle) this.end(connection, 'idle')
  }

  watch(connection: DataConnectionId, idle: Duration): void {
    this.#flows.watch(connection, idle, this.#host.now())
  }

  /** Makes room for a connection that looks like one that ended a moment ago. */
  expect(...[shownAs, dial]: Parameters<Flows['clear']>): void {
    this.#flows.clear(shownAs, dial)
  }

  /** The ruleset refuses its packets first, for to forget it is to make them new. */
  end(connection: DataConnectionId, cause: EndCause): void {
    const passed = this.#flows.passed(connection)
    if (passed === undefined) return
    this.#host.queue.push({
      commands: cutting(passed),
      settled: () => {
        const event = this.#flows.end(connection, cause)
        if (event !== undefined) this.#host.report(event)
      },
    })
  }

  endAll(): void {
    for (const connection of this.#flows.connections) this.end(connection, 'closed')
  }

  #take(packet: LoggedPacket): void {
    const { source, destination } = packet
    if (packet.prefix === DENIED_PREFIX && !this.#host.isRelayed(packet))
      this.#host.report({ type: 'dataDenied', local: destination, peer: source })
    if (packet.prefix === PASSED_PREFIX) this.#pass(packet)
  }

  #pass({ source, destination }: LoggedPacket): void {
    const match = this.#host.openings.match(source, destination)
    if (match === undefined) {
      this.#host.report({ type: 'dataDenied', local: destination, peer: source })
      return
    }
    const { opening, passed } = match
    // The second of two that came at once, before the first had taken the element.
    if (opening.type === 'pinhole' && opening.isUsed) return this.#refuse(passed)
    if (opening.type === 'pinhole') {
      opening.isUsed = true
      this.#host.used(opening)
    }
    const connection = this.#host.nextConnection()
    const now = this.#host.now()
    // Of a session that fetches one small file after the other many may have ended since the last time:
    // they must not count against it.
    this.#tell(this.#flows.pollSession(passed.session, now))
    this.#flows.add(connection, passed, now)
    const { session, pinhole, local, peer } = passed
    this.#host.report({ type: 'dataPassed', session, connection, pinhole, local, peer })
  }

  #refuse(passed: Passed): void {
    const { peer, local } = passed
    this.#host.queue.push({
      commands: cutting(passed),
      settled: () => this.#flows.forget(passed),
    })
    this.#host.report({ type: 'dataDenied', local, peer })
  }
}

function cutting({ peer, dial }: Passed): readonly Command[] {
  return cutElements(peer, dial).flatMap(adding)
}
