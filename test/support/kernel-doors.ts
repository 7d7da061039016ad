/**
 * What the kernel does with new connections, without a kernel: the first that an opening expects goes
 * through and uses a pinhole up, a range stays; nobody is asked.
 */
import type { PinholeId, SessionId } from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import type { ScopedRange } from '../../src/engine/nat/scoped-range.ts'
import { type Endpoint, sameEndpoint } from '../../src/net/endpoint.ts'
import { rangeHas } from '../../src/net/port.ts'

/** Whose opening somebody came through. */
export interface Passage {
  readonly session: SessionId
  readonly pinhole: PinholeId
}

export class KernelDoors {
  readonly #pinholes: Map<PinholeId, { readonly pinhole: Pinhole; readonly listening: Endpoint }> =
    new Map()
  readonly #ranges: Set<ScopedRange> = new Set()

  open(pinhole: Pinhole, listening: Endpoint): void {
    this.#pinholes.set(pinhole.id, { pinhole, listening })
  }

  close(id: PinholeId): void {
    this.#pinholes.delete(id)
  }

  openRange(range: ScopedRange): void {
    this.#ranges.add(range)
  }

  closeRange(range: ScopedRange): void {
    this.#ranges.delete(range)
  }

  /** Elements that are left in the table. */
  get size(): number {
    return this.#pinholes.size + this.#ranges.size
  }

  /** A new connection; `undefined`: it is dropped. */
  admit(peer: Endpoint, local: Endpoint): Passage | undefined {
    for (const { pinhole, listening } of this.#pinholes.values()) {
      const { fromPorts = [{ first: 1, last: 65_535 }] } = pinhole
      const isExpected = pinhole.peer === peer.address && sameEndpoint(listening, local)
      if (!isExpected || !fromPorts.some((range) => holds(range, peer.port))) continue
      this.#pinholes.delete(pinhole.id)
      return { session: pinhole.session, pinhole: pinhole.id }
    }
    const range = [...this.#ranges].find((one) => isPermitted(one, peer, local))
    return range === undefined ? undefined : { session: range.session, pinhole: range.id }
  }
}

function isPermitted(
  { peer, listen, dial, permitted, active }: ScopedRange,
  from: Endpoint,
  to: Endpoint,
): boolean {
  if (from.address === peer && to.address === listen.address)
    return permitted.some((ports) => rangeHas(ports, to.port))
  const isActive = from.address === dial && from.port === 20 && to.address === peer
  return isActive && (active?.ports.some((ports) => rangeHas(ports, to.port)) ?? false)
}

function holds(
  { first, last }: { readonly first: number; readonly last: number },
  port: number,
): boolean {
  return port >= first && port <= last
}
