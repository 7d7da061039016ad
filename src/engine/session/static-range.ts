/**
 * What an opaque session may use instead of pinholes: the passive ports of its own server, from its
 * own client, while its control connection lives and is opaque. Whoever is already transferring
 * when that ends finishes; nobody new gets in.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { type Port, formatPortRange } from '../../net/port.ts'
import { type PinholeId, pinholeId } from '../id.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import { rangePinhole, type ScopedRange } from '../nat/scoped-range.ts'
import type { Outbox } from './outbox.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

export class StaticRange {
  readonly #settings: SessionSettings
  readonly #shared: SharedTables
  readonly #outbox: Outbox
  #serverLocal: Endpoint | undefined
  #range: ScopedRange | undefined
  #connections = 0

  constructor(settings: SessionSettings, shared: SharedTables, outbox: Outbox) {
    this.#settings = settings
    this.#shared = shared
    this.#outbox = outbox
  }

  serverConnected(serverLocal: Endpoint): void {
    this.#serverLocal = serverLocal
  }

  has(pinhole: PinholeId): boolean {
    return this.#range?.id === pinhole
  }

  /** The session is opaque: opens what the profile and the listener have for it. */
  open(): void {
    const { profile, listener, id, client, local, server } = this.#settings
    const { serverPassivePorts: ports } = listener
    if (this.#serverLocal === undefined || this.#range !== undefined) return
    if (profile.opaqueData === 'deny' || profile.clearCommandChannel === 'required')
      return this.#outbox.verdict('note', 'opaque.denied', { side: 'client' })
    if (ports === undefined) return
    this.#range = {
      id: pinholeId(id, 0),
      session: id,
      peer: client.address,
      listen: { address: local.address, ports },
      dial: server.address,
      from: this.#serverLocal.address,
      permitted: [ports],
      active: undefined,
    }
    this.#connections = 0
    this.#shared.ranges.add(this.#range)
    this.#outbox.push({ type: 'openRange', range: this.#range })
    this.#outbox.record({
      type: 'range.open',
      range: this.#range.id,
      peer: client.address,
      listening: `${local.address} ${formatPortRange(ports)}`,
      dial: `${server.address} ${formatPortRange(ports)}`,
    })
  }

  /** The data path listens, though not on ports that other programs hold. */
  opened(missing: readonly Port[]): void {
    if (this.#range === undefined || missing.length === 0) return
    const detail = `ports ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ' …' : ''}`
    this.#outbox.verdict('note', 'range.partial', { side: 'client', detail })
  }

  /** Somebody may come through: the way from our `local` to the server's port of that number. */
  use(local: Endpoint): Pinhole {
    if (this.#range === undefined) throw new Error(`no range at ${formatEndpoint(local)}`)
    this.#connections += 1
    return rangePinhole(this.#range, local)
  }

  close(): void {
    const range = this.#range
    if (range === undefined) return
    this.#range = undefined
    this.#shared.ranges.remove(range)
    this.#outbox.push({ type: 'closeRange', range })
    this.#outbox.record({
      type: 'range.close',
      range: range.id,
      connections: this.#connections,
    })
  }
}
