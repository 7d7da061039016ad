/**
 * The static range of an opaque session: while its control connection lives, its own client may
 * reach its own server's passive ports, each port of ours leading to the same port there. Nobody
 * can read which of them was announced, and nobody else may use any.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import { type PortRange, rangeHas } from '../../net/port.ts'
import type { PinholeId, SessionId } from '../id.ts'
import { Multimap } from './multimap.ts'
import type { Pinhole } from './pinhole.ts'

export interface ScopedRange {
  readonly id: PinholeId
  readonly session: SessionId
  /** The only address that may connect. */
  readonly peer: Ip
  /** `ports` `undefined`: the server's passive ports are not known, so only the server connects. */
  readonly listen: { readonly address: Ip; readonly ports: PortRange | undefined }
  /** The server; a connection to our port p goes to its port p. */
  readonly dial: Ip
  readonly from: Ip
  /** The ports of `listen` that the rules permit the client. */
  readonly permitted: readonly PortRange[]
  /**
   * The client's ports that the rules permit the server to connect to from port 20, and what the
   * client is shown as its address. Only a data path in the kernel carries these.
   */
  readonly active: { readonly ports: readonly PortRange[]; readonly from: Endpoint } | undefined
}

/**
 * What a connection of `peer` to `local` comes through, as the data path knows it: the client's to us,
 * or the server's to the client itself.
 */
export function rangePinhole(range: ScopedRange, local: Endpoint, peer: Ip): Pinhole {
  const { id, session, active } = range
  const common = { id, session, peer, fromPorts: undefined, listen: local }
  if (active !== undefined && peer === range.dial && local.address === range.peer)
    return { ...common, mode: 'active', dial: local, from: active.from }
  return {
    ...common,
    mode: 'passive',
    dial: endpoint(range.dial, local.port),
    from: { address: range.from, port: undefined },
  }
}

/** The ranges that are open now, by who may use them. */
export class RangeTable {
  readonly #open = new Multimap<ScopedRange>()

  add(range: ScopedRange): void {
    this.#open.add(rangeKey(range.listen.address, range.peer), range)
  }

  /** Takes a range out; unknown ones are ignored. */
  remove(range: ScopedRange): void {
    this.#open.remove(rangeKey(range.listen.address, range.peer), range)
  }

  /**
   * The range through which `peer` may come to `local`. Of several sessions of one client it is the
   * latest: a client that opens another control connection mostly wants to use it.
   */
  match(local: Endpoint, peer: Ip): ScopedRange | undefined {
    const sharing = this.#open.at(rangeKey(local.address, peer))
    return sharing.findLast(({ listen }) => takes(listen, local))
  }

  /** Whether somebody may come to `local`, whoever it is. */
  isOpenAt(local: Endpoint): boolean {
    for (const { listen } of this.#open.values())
      if (listen.address === local.address && takes(listen, local)) return true
    return false
  }

  get size(): number {
    return this.#open.size
  }
}

function takes({ ports }: ScopedRange['listen'], { port }: Endpoint): boolean {
  return ports !== undefined && rangeHas(ports, port)
}

function rangeKey(local: Ip, peer: Ip): string {
  return `${local} ${peer}`
}
