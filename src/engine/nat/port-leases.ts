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

/** What one client has and had at one local address. */
interface Shelf {
  readonly holder: Ip
  readonly local: Ip
  readonly held: Set<Port>
  readonly resting: Map<Port, Release>
}

interface Release {
  readonly shelf: Shelf
  readonly port: Port
  readonly until: Instant
}

export class PortLeases {
  readonly #random: RandomInteger
  readonly #shelves = new Map<string, Shelf>()
  /** Oldest first, since every port rests equally long; some were leased again meanwhile. */
  #releases: Release[] = []
  /** Where the oldest is that is not forgotten. */
  #oldest = 0
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
    const shelf = this.#shelf(client, local)
    const port = this.#choose(range, shelf)
    if (port === undefined) return undefined
    shelf.held.add(port)
    shelf.resting.delete(port)
    this.#heldCount += 1
    return port
  }

  release(client: Ip, local: Ip, port: Port, now: Instant): void {
    this.#wake(now)
    const shelf = this.#shelves.get(shelfKey(client, local))
    if (shelf === undefined || !shelf.held.delete(port)) return
    this.#heldCount -= 1
    const release = { shelf, port, until: after(now, HOLD_OFF) }
    shelf.resting.set(port, release)
    this.#releases.push(release)
    if (this.#releases.length - this.#oldest > RELEASES_MAX) this.#forgetOldest()
  }

  /** Leases in force. */
  get heldCount(): number {
    return this.#heldCount
  }

  /** The leases in force. */
  *held(): Iterable<PortLease> {
    for (const { holder, local, held } of this.#shelves.values())
      for (const port of held) yield { holder, local, port }
  }

  /** The free ports that are not leased to the same client again while it has others. */
  *resting(now: Instant): Iterable<PortLease> {
    for (const release of this.#releases.slice(this.#oldest)) {
      const { shelf, port, until } = release
      if (until > now && shelf.resting.get(port) === release)
        yield { holder: shelf.holder, local: shelf.local, port }
    }
  }

  #choose(range: PortRange, { held, resting }: Shelf): Port | undefined {
    const rested = (port: Port): boolean => !held.has(port) && !resting.has(port)
    // Ports of another range, of rules of before, make it look full too early: that costs a hold-off.
    const isFull = held.size + resting.size >= rangeSize(range)
    const port = isFull ? undefined : this.#pick(range, rested)
    return port ?? this.#pick(range, (each) => !held.has(each))
  }

  /** At random, as long as that is likely to find one; then every port is looked at. */
  #pick(range: PortRange, isFit: (port: Port) => boolean): Port | undefined {
    for (let probe = 0; probe < PROBES; probe++) {
      const port = (range.first + this.#random(rangeSize(range))) as Port
      if (isFit(port)) return port
    }
    const fit = [...eachPort(range)].filter(isFit)
    return fit.length === 0 ? undefined : fit[this.#random(fit.length)]
  }

  #shelf(holder: Ip, local: Ip): Shelf {
    const key = shelfKey(holder, local)
    const known = this.#shelves.get(key)
    if (known !== undefined) return known
    const shelf: Shelf = { holder, local, held: new Set(), resting: new Map() }
    this.#shelves.set(key, shelf)
    return shelf
  }

  /** Forgets ports that have rested. */
  #wake(now: Instant): void {
    while ((this.#releases[this.#oldest]?.until ?? Infinity) <= now) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const release = this.#releases[this.#oldest]
    if (release === undefined) return
    this.#oldest += 1
    if (this.#oldest > this.#releases.length / 2) {
      this.#releases = this.#releases.slice(this.#oldest)
      this.#oldest = 0
    }
    const { shelf, port } = release
    // It may have been leased since.
    if (shelf.resting.get(port) === release) shelf.resting.delete(port)
    if (shelf.resting.size === 0 && shelf.held.size === 0)
      this.#shelves.delete(shelfKey(shelf.holder, shelf.local))
  }
}

function shelfKey(holder: Ip, local: Ip): string {
  return `${holder} ${local}`
}
