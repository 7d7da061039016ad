/**
 * The passive ports in use. A port is leased to one client at one local address, so the same port serves
 * any number of clients at the same time: a range of a hundred ports is a hundred data connections
 * for each client. Ports are chosen at random (RFC 2577 §8) and not given to the same client again
 * within the hold-off, so that a late SYN finds nobody; when all others are leased, it is the port that
 * has rested longest.
 */
import { after, type Duration, duration, type Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import { type Port, type PortRange, rangeHas } from '../../net/port.ts'
import { PortPool, type RandomInteger } from './port-pool.ts'
import type { PortUse } from './port-use.ts'

const HOLD_OFF: Duration = duration(60_000)

/** Remembered releases; the oldest are forgotten first, which costs only their hold-off. */
const RELEASES_MAX = 100_000

/** A port, and the client that has it or had it. */
export type PortLease = Pick<PortUse, 'holder' | 'local' | 'port'>

/** One client at one local address. Every port of its range is held, rests, or is in the pool. */
interface Holder {
  pool: PortPool
  readonly held: Map<Port, PortLease>
  /** Those that were released first come first. */
  readonly resting: Map<Port, Rest>
}

interface Rest {
  readonly lease: PortLease
  readonly until: Instant
}

export class PortLeases {
  readonly #random: RandomInteger
  /** Those that hold a port, or whose ports rest. */
  readonly #holders = new Map<string, Holder>()
  /** Ports that were released; oldest first, since every port rests equally long. */
  readonly #resting = new Set<Rest>()
  #heldCount = 0

  constructor(random: RandomInteger) {
    this.#random = random
  }

  /**
   * A port of `range` that `client` does not hold at `local`; `undefined` when it holds them all.
   * The range is the caller's, since a rule file loaded later may name another one.
   */
  lease(client: Ip, local: Ip, range: PortRange, now: Instant): Port | undefined {
    this.#wake(now)
    const holder = this.#holderOf(client, local, range)
    const port = holder.pool.draw(this.#random) ?? this.#disturb(holder)
    if (port === undefined) return undefined
    holder.held.set(port, { holder: client, local, port })
    this.#heldCount += 1
    return port
  }

  release(client: Ip, local: Ip, port: Port, now: Instant): void {
    this.#wake(now)
    const holder = this.#holders.get(holderKey(client, local))
    const lease = holder?.held.get(port)
    if (holder === undefined || lease === undefined) return
    holder.held.delete(port)
    this.#heldCount -= 1
    const rest = { lease, until: after(now, HOLD_OFF) }
    holder.resting.set(port, rest)
    this.#resting.add(rest)
    const [oldest] = this.#resting
    if (this.#resting.size > RELEASES_MAX && oldest !== undefined) this.#end(oldest)
  }

  /** Leases in force. */
  get heldCount(): number {
    return this.#heldCount
  }

  /** The leases in force. */
  *held(): Iterable<PortLease> {
    for (const { held } of this.#holders.values()) yield* held.values()
  }

  /** The free ports that are not leased to the same client again while it has others. */
  *resting(now: Instant): Iterable<PortLease> {
    for (const { lease, until } of this.#resting) if (until > now) yield lease
  }

  #holderOf(client: Ip, local: Ip, range: PortRange): Holder {
    const key = holderKey(client, local)
    const known = this.#holders.get(key)
    if (known === undefined) {
      const holder = { pool: new PortPool(range), held: new Map(), resting: new Map() }
      this.#holders.set(key, holder)
      return holder
    }
    const { first, last } = known.pool.range
    if (first !== range.first || last !== range.last)
      known.pool = new PortPool(range, [...known.held.keys(), ...known.resting.keys()])
    return known
  }

  /** The port of the pool's range that has rested longest rests no more. */
  #disturb({ pool, resting }: Holder): Port | undefined {
    for (const [port, rest] of resting) {
      if (!rangeHas(pool.range, port)) continue
      resting.delete(port)
      this.#resting.delete(rest)
      return port
    }
    return undefined
  }

  /** Puts ports back that have rested. */
  #wake(now: Instant): void {
    for (const rest of this.#resting) {
      if (rest.until > now) return
      this.#end(rest)
    }
  }

  #end(rest: Rest): void {
    const { holder: client, local, port } = rest.lease
    const key = holderKey(client, local)
    const holder = this.#holders.get(key)
    this.#resting.delete(rest)
    holder?.resting.delete(port)
    holder?.pool.putBack(port)
    if (holder?.held.size === 0 && holder.resting.size === 0) this.#holders.delete(key)
  }
}

function holderKey(client: Ip, local: Ip): string {
  return `${client} ${local}`
}
