/**
 * The passive ports in use. A port is leased to one client at one local address, so the same port serves
 * any number of clients at the same time: a range of a hundred ports is a hundred data connections
 * for each client. Ports are chosen at random (RFC 2577 §8) and, while others are free, not given
 * to the same client again within the hold-off, so that a late SYN finds nobody.
 */
import { after, type Duration, duration, type Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import { type Port, type PortRange, rangeSize } from '../../net/port.ts'
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

interface Held extends Pick<PortLease, 'holder' | 'local'> {
  readonly ports: Set<Port>
}

interface Rest extends PortLease {
  readonly until: Instant
}

export class PortLeases {
  readonly #random: RandomInteger
  readonly #held = new Map<string, Held>()
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
    const key = leaseKey(client, local)
    const held = this.#held.get(key) ?? { holder: client, local, ports: new Set() }
    const chosen = this.#choose(range, key, held.ports)
    if (chosen === undefined) return undefined
    held.ports.add(chosen)
    this.#held.set(key, held)
    return chosen
  }

  release(client: Ip, local: Ip, port: Port, now: Instant): void {
    this.#wake(now)
    const key = leaseKey(client, local)
    const held = this.#held.get(key)
    if (held?.ports.delete(port) !== true) return
    if (held.ports.size === 0) this.#held.delete(key)
    // Taken out first, or it would keep its old place in the order.
    this.#resting.delete(`${key} ${port}`)
    this.#resting.set(`${key} ${port}`, {
      holder: client,
      local,
      port,
      until: after(now, HOLD_OFF),
    })
    if (this.#resting.size > RELEASES_MAX) this.#forgetOldest()
  }

  /** Leases in force. */
  get heldCount(): number {
    let count = 0
    for (const { ports } of this.#held.values()) count += ports.size
    return count
  }

  /** The leases in force. */
  *held(): Iterable<PortLease> {
    for (const { holder, local, ports } of this.#held.values())
      for (const port of ports) yield { holder, local, port }
  }

  /** The free ports that are not leased to the same client again while it has others. */
  *resting(now: Instant): Iterable<PortLease> {
    for (const { holder, local, port, until } of this.#resting.values()) {
      const isHeld = this.#held.get(leaseKey(holder, local))?.ports.has(port) === true
      if (until > now && !isHeld) yield { holder, local, port }
    }
  }

  #choose(range: PortRange, key: string, held: ReadonlySet<Port>): Port | undefined {
    for (let probe = 0; probe < PROBES; probe++) {
      const port = (range.first + this.#random(rangeSize(range))) as Port
      if (!held.has(port) && !this.#isResting(key, port)) return port
    }
    return this.#chooseAmongAll(range, key, held)
  }

  /** The range is nearly used up for this client: look at every port. */
  #chooseAmongAll(range: PortRange, key: string, held: ReadonlySet<Port>): Port | undefined {
    const free: Port[] = []
    for (let port = range.first; port <= range.last; port = (port + 1) as Port)
      if (!held.has(port)) free.push(port)
    const rested = free.filter((port) => !this.#isResting(key, port))
    const candidates = rested.length > 0 ? rested : free
    return candidates.length === 0 ? undefined : candidates[this.#random(candidates.length)]
  }

  #isResting(key: string, port: Port): boolean {
    return this.#resting.has(`${key} ${port}`)
  }

  #forgetOldest(): void {
    const [oldest] = this.#resting.keys()
    if (oldest !== undefined) this.#resting.delete(oldest)
  }

  /** Forgets ports that have rested. */
  #wake(now: Instant): void {
    for (const [key, { until }] of this.#resting) {
      if (until > now) return
      this.#resting.delete(key)
    }
  }
}

function leaseKey(client: Ip, local: Ip): string {
  return `${client} ${local}`
}
