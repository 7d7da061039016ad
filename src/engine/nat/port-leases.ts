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
import { Queue } from './queue.ts'

const HOLD_OFF: Duration = duration(60_000)

/** Remembered releases; the oldest are forgotten first, which costs only their hold-off. */
const RELEASES_MAX = 100_000

/** A port, and the client that has it or had it. */
export type PortLease = Pick<PortUse, 'holder' | 'local' | 'port'>

/** One client at one local address. Every port of its range is held, rests, or is in the pool. */
interface Holder {
  readonly key: string
  pool: PortPool
  readonly held: Map<Port, PortLease>
  readonly resting: Map<Port, Rest>
  /** Those of the pool's range, oldest first. */
  rests: Queue<Rest>
}

interface Rest {
  readonly of: Holder
  readonly lease: PortLease
  readonly until: Instant
}

export class PortLeases {
  readonly #random: RandomInteger
  /** Those that hold a port, or whose ports rest. */
  readonly #holders = new Map<string, Holder>()
  /** Oldest first, since every port rests equally long; some ports were leased meanwhile. */
  readonly #rests = new Queue<Rest>()
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
    const port = holder.pool.draw(this.#random) ?? disturb(holder)
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
    const rest = { of: holder, lease, until: after(now, HOLD_OFF) }
    holder.resting.set(port, rest)
    if (rangeHas(holder.pool.range, port)) holder.rests.push(rest)
    this.#rests.push(rest)
    if (this.#rests.size > RELEASES_MAX) this.#wakeOldest()
  }

  /** Leases in force. */
  get heldCount(): number {
    return this.#heldCount
  }

  /** Clients about whom anything is kept; those count who have nothing but ports that rest. */
  get holderCount(): number {
    return this.#holders.size
  }

  /** The leases in force. */
  *held(): Iterable<PortLease> {
    for (const { held } of this.#holders.values()) yield* held.values()
  }

  /** The free ports that are not leased to the same client again while it has others. */
  *resting(now: Instant): Iterable<PortLease> {
    for (const rest of this.#rests) if (rest.until > now && isResting(rest)) yield rest.lease
  }

  #holderOf(client: Ip, local: Ip, range: PortRange): Holder {
    const key = holderKey(client, local)
    const known = this.#holders.get(key)
    if (known === undefined) {
      const pool = new PortPool(range)
      const holder = { key, pool, held: new Map(), resting: new Map(), rests: new Queue<Rest>() }
      this.#holders.set(key, holder)
      return holder
    }
    const { held, resting, pool } = known
    if (pool.range.first !== range.first || pool.range.last !== range.last) {
      known.pool = new PortPool(range, [...held.keys(), ...resting.keys()])
      const inRange = [...resting.values()].filter(({ lease }) => rangeHas(range, lease.port))
      known.rests = new Queue(inRange)
    }
    return known
  }

  /** Puts ports back that have rested. */
  #wake(now: Instant): void {
    while ((this.#rests.first?.until ?? Infinity) <= now) this.#wakeOldest()
  }

  #wakeOldest(): void {
    const rest = this.#rests.shift()
    if (rest === undefined || !isResting(rest)) return
    const { of: holder, lease } = rest
    holder.resting.delete(lease.port)
    holder.pool.putBack(lease.port)
    if (holder.rests.first === rest) holder.rests.shift()
    if (holder.held.size === 0 && holder.resting.size === 0) this.#holders.delete(holder.key)
  }
}

/** The port of the pool's range that has rested longest rests no more. */
function disturb({ rests, resting }: Holder): Port | undefined {
  const port = rests.shift()?.lease.port
  if (port !== undefined) resting.delete(port)
  return port
}

/** Not woken, and not disturbed. */
function isResting(rest: Rest): boolean {
  return rest.of.resting.get(rest.lease.port) === rest
}

function holderKey(client: Ip, local: Ip): string {
  return `${client} ${local}`
}
