/**
 * The passive ports in use. A port is leased to one client at one local address, so the same port serves
 * any number of clients at the same time: a range of a hundred ports is a hundred data connections
 * for each client. Ports are chosen at random (RFC 2577 §8) and, while others are free, not given
 * to the same client again within the hold-off, so that a late SYN finds nobody.
 */
import { after, type Duration, duration, type Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import { eachPort, type Port, type PortRange, rangeSize } from '../../net/port.ts'
import type { PortUse } from './port-use.ts'

const HOLD_OFF: Duration = duration(60_000)

/** Remembered releases; the oldest are forgotten first, which costs only their hold-off. */
const RELEASES_MAX = 100_000

/** Random ports tried before the whole range is looked through. */
const PROBES = 16

/** A whole number from 0 to `below - 1`, each equally likely. */
export type RandomInteger = (below: number) => number

/** A port, and the client that has it or had it. */
export type PortLease = Pick<PortUse, 'holder' | 'local' | 'port'>

interface Rest extends PortLease {
  readonly until: Instant
}

export class PortLeases {
  readonly #random: RandomInteger
  readonly #held = new Map<string, PortLease>()
  /** Ports that were released; oldest first, since every port rests equally long. */
  readonly #resting = new Map<string, Rest>()

  constructor(random: RandomInteger) {
    this.#random = random
  }

  /**
   * A port of `range` that `client` does not hold at `local`; `undefined` when it holds them all.
   * The range is the caller's, since a rule file loaded later may name another one.
   */
  lease(client: Ip, local: Ip, range: PortRange, now: Instant): Port | undefined {
    this.#wake(now)
    const port = this.#choose(range, (port) => leaseKey({ holder: client, local, port }))
    if (port === undefined) return undefined
    const lease = { holder: client, local, port }
    this.#held.set(leaseKey(lease), lease)
    return port
  }

  release(client: Ip, local: Ip, port: Port, now: Instant): void {
    this.#wake(now)
    const lease = { holder: client, local, port }
    const key = leaseKey(lease)
    if (!this.#held.delete(key)) return
    // Taken out first, or it would keep its old place in the order.
    this.#resting.delete(key)
    this.#resting.set(key, { ...lease, until: after(now, HOLD_OFF) })
    this.#forgetOldest()
  }

  /** Leases in force. */
  get heldCount(): number {
    return this.#held.size
  }

  /** The leases in force. */
  held(): Iterable<PortLease> {
    return this.#held.values()
  }

  /** The free ports that are not leased to the same client again while it has others. */
  *resting(now: Instant): Iterable<PortLease> {
    for (const [key, { until, ...lease }] of this.#resting)
      if (until > now && !this.#held.has(key)) yield lease
  }

  #choose(range: PortRange, keyOf: (port: Port) => string): Port | undefined {
    for (let probe = 0; probe < PROBES; probe++) {
      const port = (range.first + this.#random(rangeSize(range))) as Port
      const key = keyOf(port)
      if (!this.#held.has(key) && !this.#resting.has(key)) return port
    }
    return this.#chooseAmongAll(range, keyOf)
  }

  /** The range is nearly used up for this client: look at every port. */
  #chooseAmongAll(range: PortRange, keyOf: (port: Port) => string): Port | undefined {
    const free = [...eachPort(range)].filter((port) => !this.#held.has(keyOf(port)))
    const rested = free.filter((port) => !this.#resting.has(keyOf(port)))
    const candidates = rested.length > 0 ? rested : free
    return candidates.length === 0 ? undefined : candidates[this.#random(candidates.length)]
  }

  #forgetOldest(): void {
    for (const oldest of this.#resting.keys()) {
      if (this.#resting.size <= RELEASES_MAX) return
      this.#resting.delete(oldest)
    }
  }

  /** Forgets ports that have rested. */
  #wake(now: Instant): void {
    for (const [key, { until }] of this.#resting) {
      if (until > now) return
      this.#resting.delete(key)
    }
  }
}

function leaseKey({ holder, local, port }: PortLease): string {
  return `${holder} ${local} ${port}`
}
