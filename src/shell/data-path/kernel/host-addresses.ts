/** The addresses of this host, not read anew for every pinhole. */
import { between, type Instant } from '../../../net/instant.ts'
import type { Ip } from '../../../net/ip.ts'

const FRESH_MS = 5000

export class HostAddresses {
  readonly #read: () => readonly Ip[]
  readonly #now: () => Instant
  #known = new Set<Ip>()
  #readAt: Instant | undefined

  constructor(read: () => readonly Ip[], now: () => Instant) {
    this.#read = read
    this.#now = now
  }

  has(address: Ip): boolean {
    const now = this.#now()
    if (this.#readAt === undefined || between(this.#readAt, now) > FRESH_MS) {
      this.#known = new Set(this.#read())
      this.#readAt = now
    }
    return this.#known.has(address)
  }
}
