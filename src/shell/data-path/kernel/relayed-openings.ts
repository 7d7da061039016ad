/**
 * Where the relay listens beside the kernel. The ruleset tells of every connection that comes to a
 * passive port of this host, and those that the relay accepts were not turned away. The kernel's word
 * of a connection may be read after the relay has stopped listening for more.
 */
import type { PinholeId } from '../../../engine/id.ts'
import type { Endpoint } from '../../../net/endpoint.ts'
import { between, type Instant } from '../../../net/instant.ts'
import type { Ip } from '../../../net/ip.ts'
import { type PortRange, rangeHas } from '../../../net/port.ts'

interface Relayed {
  readonly address: Ip
  /** `undefined` where the operating system picks one: then it is none that the ruleset tells of. */
  readonly ports: PortRange | undefined
  closedAt: Instant | undefined
}

const REMEMBERED_MS = 1000

export class RelayedOpenings {
  readonly #open = new Map<PinholeId, Relayed>()

  has(id: PinholeId): boolean {
    return this.#open.get(id)?.closedAt === undefined && this.#open.has(id)
  }

  add(id: PinholeId, address: Ip, ports: PortRange | undefined): void {
    this.#open.set(id, { address, ports, closedAt: undefined })
  }

  close(id: PinholeId, now: Instant): void {
    const relayed = this.#open.get(id)
    if (relayed !== undefined) relayed.closedAt = now
  }

  /** Whether the relay listens at `local`, or did a moment ago. */
  isAt(local: Endpoint): boolean {
    for (const { address, ports } of this.#open.values())
      if (address === local.address && ports !== undefined && rangeHas(ports, local.port))
        return true
    return false
  }

  forget(now: Instant): void {
    for (const [id, { closedAt }] of this.#open)
      if (closedAt !== undefined && between(closedAt, now) > REMEMBERED_MS) this.#open.delete(id)
  }
}
