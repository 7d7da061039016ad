/**
 * The pinholes that are open now, by where they listen. Several may listen at one endpoint, each
 * for its own peer; a connection belongs to the one that expects its address.
 */
import { type Cidr, cidrHas } from '../../net/cidr.ts'
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import { Multimap } from './multimap.ts'
import type { Pinhole } from './pinhole.ts'

export interface OpenPinhole {
  readonly pinhole: Pinhole
  readonly listening: Endpoint
  /** Addresses beside `pinhole.peer` that may connect: servers of a third-party transfer. */
  readonly thirdParty: readonly Cidr[]
}

export class PinholeTable {
  readonly #open = new Multimap<OpenPinhole>()

  add(open: OpenPinhole): void {
    this.#open.add(formatEndpoint(open.listening), open)
  }

  /** Takes a pinhole out; unknown ones are ignored. */
  remove(open: OpenPinhole): void {
    this.#open.remove(formatEndpoint(open.listening), open)
  }

  /**
   * The pinhole that expects a connection from `peer` at `local`. A listed server that two clients
   * might be waiting for gets to neither: nothing tells whose file it brings.
   */
  match(local: Endpoint, peer: Ip): OpenPinhole | undefined {
    const sharing = this.waitingAt(local)
    const expecting = sharing.find((open) => open.pinhole.peer === peer)
    if (expecting !== undefined) return expecting
    const [only, another] = sharing.filter((open) =>
      open.thirdParty.some((block) => cidrHas(block, peer)),
    )
    return another === undefined ? only : undefined
  }

  /** All that wait at `local`, whoever for. */
  waitingAt(local: Endpoint): readonly OpenPinhole[] {
    return this.#open.at(formatEndpoint(local))
  }

  get size(): number {
    return this.#open.size
  }
}
