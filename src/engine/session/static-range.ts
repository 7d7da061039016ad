/**
 * What an opaque session may use instead of pinholes: the passive ports of its own server, from its
 * own client, while its control connection lives and is opaque; and where the kernel carries data
 * connections, the ports of its own client, from port 20 of its own server. Whoever is already
 * transferring when that ends finishes; nobody new gets in.
 */
import { type Endpoint, endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import {
  type Port,
  type PortRange,
  formatPortRange,
  port,
  portRange,
  withoutRanges,
} from '../../net/port.ts'
import { type PinholeId, pinholeId } from '../id.ts'
import { isHidden } from './addressing.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { OpenRange } from '../nat/port-use.ts'
import { rangePinhole, type ScopedRange } from '../nat/scoped-range.ts'
import { permittedPorts } from '../rules/permitted-ports.ts'
import type { Outbox } from './outbox.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

/** RFC 959 §3.2: where a server's active data connections come from. */
const DATA_PORT = port(20)

/** What PORT and EPRT may name as far as no profile is asked. */
const CLIENT_PORTS: PortRange = portRange(1024, 65_535)

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

  /** The ports of ours that its client may use; intercepted, they are the server's. */
  get openRange(): OpenRange | undefined {
    const { listener } = this.#settings
    if (this.#range === undefined || listener.intercept !== 'none') return undefined
    const { session, peer: holder, listen } = this.#range
    const { address: local, ports } = listen
    return ports === undefined ? undefined : { session, holder, local, ports }
  }

  /** The session is opaque: opens what the profile and the listener have for it. */
  open(): void {
    const { profile } = this.#settings
    if (this.#serverLocal === undefined || this.#range !== undefined) return
    if (profile.opaqueData === 'deny' || profile.clearCommandChannel === 'required')
      return this.#outbox.verdict('note', 'opaque.denied', { side: 'client' })
    const range = this.#plan(this.#serverLocal.address)
    if (range.listen.ports === undefined && range.active === undefined) return
    this.#range = range
    this.#connections = 0
    this.#shared.ranges.add(range)
    this.#outbox.push({ type: 'openRange', range })
    this.#record(range)
  }

  #plan(from: Ip): ScopedRange {
    const { listener, id, client, local, server, evaluator } = this.#settings
    const { serverPassivePorts: ports } = listener
    const facts = { kind: 'passive-data', from: client.address, to: server.address } as const
    return {
      id: pinholeId(id, 0),
      session: id,
      peer: client.address,
      listen: { address: local.address, ports },
      dial: server.address,
      from,
      permitted:
        ports === undefined
          ? []
          : permittedPorts(evaluator, { ...facts, fromPort: undefined }, ports),
      active: this.#planActive(),
    }
  }

  /**
   * A client that nobody can read names its own address, which the server must be able to reach: that
   * of a hidden client it cannot.
   */
  #planActive(): ScopedRange['active'] {
    const { profile, listener, client, local, server, evaluator } = this.#settings
    const isTranslated = ipFamily(client.address) !== ipFamily(server.address)
    if (evaluator.ruleset.dataPath !== 'kernel' || isTranslated) return undefined
    if (profile.activeMode === 'denied' || isHidden(listener, client.address)) return undefined
    const facts = { kind: 'active-data', from: server.address, to: client.address } as const
    const permitted = permittedPorts(evaluator, { ...facts, fromPort: DATA_PORT }, CLIENT_PORTS)
    const ports = withoutRanges(permitted, profile.deniedPorts)
    if (ports.length === 0) return undefined
    return { ports, from: endpoint(local.address, DATA_PORT) }
  }

  #record({ id, peer, listen, dial, active }: ScopedRange): void {
    const ports = listen.ports === undefined ? undefined : formatPortRange(listen.ports)
    this.#outbox.record({
      type: 'range.open',
      range: id,
      peer,
      ...(ports === undefined
        ? {}
        : { listening: `${listen.address} ${ports}`, dial: `${dial} ${ports}` }),
      ...(active === undefined
        ? {}
        : { active: `${peer} ${active.ports.map(formatPortRange).join(',')}` }),
    })
  }

  /** The data path listens, though not on ports that other programs hold. */
  opened(missing: readonly Port[]): void {
    if (this.#range === undefined || missing.length === 0) return
    const detail = `ports ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ' …' : ''}`
    this.#outbox.verdict('note', 'range.partial', { side: 'client', detail })
  }

  /** Somebody may come through: the way from `local` to the port of that number behind it. */
  use(local: Endpoint, peer: Ip): Pinhole {
    if (this.#range === undefined) throw new Error(`no range at ${formatEndpoint(local)}`)
    this.#connections += 1
    return rangePinhole(this.#range, local, peer)
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
