/**
 * Who uses which ports of this host now, from what the engine has done and what comes of it. What an
 * intercepted session uses are ports of the server, and of no interest.
 */
import type { DataConnectionId, PinholeId } from '../engine/id.ts'
import type { Pinhole } from '../engine/nat/pinhole.ts'
import type { ScopedRange } from '../engine/nat/scoped-range.ts'
import type { Event } from '../engine/session/event.ts'
import type { Port } from '../net/port.ts'
import type { OpenRange, PortUse } from './admin/ports-report.ts'
import type { DataEffect } from './data-path/data-path.ts'

export class PortUses {
  readonly #pinholes = new Map<PinholeId, Pinhole>()
  readonly #leased = new Map<PinholeId, PortUse>()
  readonly #ranges = new Map<PinholeId, ScopedRange>()
  readonly #connected = new Map<DataConnectionId, PortUse>()

  performed(effect: DataEffect): void {
    switch (effect.type) {
      case 'openPinhole':
        return this.#open(effect.pinhole)
      case 'closePinhole':
        this.#pinholes.delete(effect.pinhole.id)
        this.#leased.delete(effect.pinhole.id)
        return
      case 'openRange':
        if (effect.range.listen.address !== effect.range.dial)
          this.#ranges.set(effect.range.id, effect.range)
        return
      case 'closeRange':
        this.#ranges.delete(effect.range.id)
        return
      case 'dialData': {
        const { id, peer, listen } = effect.pinhole
        const port = this.#leased.get(id)?.port ?? listen.port
        return this.#connect(effect.connection, effect.pinhole, peer, port)
      }
      case 'dropData':
      case 'closeData':
        this.#connected.delete(effect.connection)
        return
      default:
    }
  }

  happened(event: Event): void {
    switch (event.type) {
      case 'pinholeOpened': {
        // Where it was left to the operating system, the port is known only now.
        const pinhole = this.#pinholes.get(event.pinhole)
        if (pinhole !== undefined) this.#lease(pinhole, event.listening.port)
        return
      }
      case 'pinholeFailed':
        this.#pinholes.delete(event.pinhole)
        this.#leased.delete(event.pinhole)
        return
      case 'dataPassed': {
        const opening = this.#pinholes.get(event.pinhole) ?? this.#ranges.get(event.pinhole)
        // A range also lets the server in, to the client's own ports.
        if (opening?.listen.address !== event.local.address) return
        return this.#connect(event.connection, opening, event.peer.address, event.local.port)
      }
      case 'dataEnded':
      case 'dataDialFailed':
        this.#connected.delete(event.connection)
        return
      default:
    }
  }

  get uses(): readonly PortUse[] {
    return [...this.#leased.values(), ...this.#connected.values()]
  }

  get openRanges(): readonly OpenRange[] {
    return [...this.#ranges.values()].flatMap(({ session, peer, listen: { address, ports } }) =>
      ports === undefined ? [] : [{ session, holder: peer, local: address, ports }],
    )
  }

  #open(pinhole: Pinhole): void {
    if (pinhole.listen.address === pinhole.dial.address) return
    this.#pinholes.set(pinhole.id, pinhole)
    if (pinhole.listen.port !== undefined) this.#lease(pinhole, pinhole.listen.port)
  }

  #lease({ id, session, peer, listen }: Pinhole, port: Port): void {
    this.#leased.set(id, { state: 'leased', holder: peer, local: listen.address, port, session })
  }

  /** A pinhole is used up by its connection; a range is not. */
  #connect(
    connection: DataConnectionId,
    {
      id,
      session,
      listen,
    }: Pick<Pinhole, 'id' | 'session'> & { listen: { address: Pinhole['peer'] } },
    holder: Pinhole['peer'],
    port: Port | undefined,
  ): void {
    this.#leased.delete(id)
    if (port === undefined) return
    const use: PortUse = { state: 'connected', holder, local: listen.address, port, session }
    this.#connected.set(connection, use)
  }
}
