/**
 * The one data connection that a session expects (RFC 959 §3.3; I2–I4 of the threat model): from the
 * announcement, through the pinhole that is opened for it, to the connection that uses it up. There
 * is never more than one; the next announcement ends it.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { after, type Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import type { PortRange } from '../../net/port.ts'
import { type DataConnectionId, pinholeId } from '../id.ts'
import type { Opening } from './addressing.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { OpenPinhole } from '../nat/pinhole-table.ts'
import type { PortLease } from '../nat/port-leases.ts'
import type { PortUse } from '../nat/port-use.ts'
import type { Arrived } from './data-connections.ts'
import { checkArrived } from './data-rules.ts'
import type { Deadlines } from './deadlines.ts'
import { PINHOLE_ATTEMPTS_MAX, WASTED_PINHOLES_MAX, WASTED_PINHOLES_TIME } from './limits.ts'
import type { Outbox, RecordBody } from './outbox.ts'
import type { Reason } from './reason.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

type CloseReason = Extract<RecordBody, { type: 'pinhole.close' }>['reason']

/** What is known when a data connection was announced and found good. */
export interface Announced {
  readonly mode: 'passive' | 'active'
  /** Who is to connect. */
  readonly peer: Ip
  readonly opening: Opening
  readonly rule: string
  readonly fromPorts: readonly PortRange[] | undefined
}

export class Expectation {
  readonly #settings: SessionSettings
  readonly #shared: SharedTables
  readonly #outbox: Outbox
  readonly #deadlines: Deadlines
  #announced: Announced | undefined
  #pinhole: Pinhole | undefined
  /** A port of the passive range, as long as the pinhole has it. */
  #lease: PortLease | undefined
  #open: OpenPinhole | undefined
  #isArmed = false
  #early: Arrived | undefined
  #attempts = 0
  #ordinal = 0
  #wasted: Instant[] = []

  constructor(
    settings: SessionSettings,
    shared: SharedTables,
    outbox: Outbox,
    deadlines: Deadlines,
  ) {
    this.#settings = settings
    this.#shared = shared
    this.#outbox = outbox
    this.#deadlines = deadlines
  }

  /** The announcement whose pinhole is open or being opened. */
  get announced(): Announced | undefined {
    return this.#announced
  }

  get open(): OpenPinhole | undefined {
    return this.#open
  }

  /** The port of the passive range that the pinhole has, whether it is open or being opened. */
  get leased(): PortUse | undefined {
    if (this.#lease === undefined) return undefined
    return { state: 'leased', ...this.#lease, session: this.#settings.id }
  }

  /** A connection may come: in active mode not before the server accepted PORT (Q4). */
  arm(): void {
    this.#isArmed = true
  }

  /**
   * The server has connected and not yet accepted PORT: some do it in this order (pyftpdlib). One
   * such connection waits for the reply; `false` when one does already.
   */
  holdEarly(early: Arrived): boolean {
    if (this.#early !== undefined) return false
    this.#early = early
    return true
  }

  /** The connection that waited may be over before anybody used it. */
  earlyEnded(connection: DataConnectionId): void {
    if (this.#early?.connection === connection) this.#early = undefined
  }

  /** The connection that waited, once it may be used. */
  takeEarly(): Arrived | undefined {
    if (!this.#isArmed) return undefined
    const early = this.#early
    this.#early = undefined
    return early
  }

  /** The pinhole that `peer` came to, or why it may not be used. */
  admit(id: Pinhole['id'], peer: Endpoint): Pinhole | Reason {
    const pinhole = this.#open?.pinhole
    if (pinhole?.id !== id) return 'data.extra-peer'
    if (!this.#isArmed) return 'data.early'
    return checkArrived(this.#settings.evaluator, pinhole, peer) ?? pinhole
  }

  /** Whether so many announcements came to nothing lately that it is a flood (R10). */
  isFlood(now: Instant): boolean {
    this.#wasted = this.#wasted.filter((at) => after(at, WASTED_PINHOLES_TIME) > now)
    return this.#wasted.length > WASTED_PINHOLES_MAX
  }

  /** Asks for the pinhole. `false`: the passive range is used up for this peer. */
  request(announced: Announced, now: Instant): boolean {
    this.#announced = announced
    this.#attempts = 0
    return this.#request(announced, now)
  }

  #request(announced: Announced, now: Instant): boolean {
    const { id } = this.#settings
    const { peer, fromPorts } = announced
    const { listen, dial, from } = announced.opening
    if (listen.port === 'leased' && !this.#takeLease(peer, listen.address, now)) {
      this.#announced = undefined
      return false
    }
    const port = listen.port === 'leased' ? this.#lease?.port : listen.port
    this.#attempts += 1
    this.#ordinal += 1
    this.#pinhole = {
      id: pinholeId(id, this.#ordinal),
      session: id,
      mode: announced.mode,
      peer,
      fromPorts,
      listen: { address: listen.address, port },
      dial,
      from,
    }
    this.#outbox.push({ type: 'openPinhole', pinhole: this.#pinhole })
    return true
  }

  /** The data path listens. `false` when the pinhole is no longer wanted. */
  opened(pinhole: Pinhole['id'], listening: Endpoint, now: Instant): boolean {
    const { evaluator, profile } = this.#settings
    if (this.#pinhole?.id !== pinhole || this.#announced === undefined) return false
    const ttl = evaluator.ruleset.timeouts.pinhole
    const isPassive = this.#announced.mode === 'passive'
    // In active mode the server itself connects, whoever it was told to connect to.
    const thirdParty = isPassive ? profile.thirdParty : []
    this.#open = { pinhole: this.#pinhole, listening, thirdParty }
    this.#isArmed = isPassive
    this.#shared.pinholes.add(this.#open)
    this.#deadlines.set('pinhole', after(now, ttl))
    this.#outbox.record({
      type: 'pinhole.open',
      pinhole,
      mode: this.#announced.mode,
      peer: this.#announced.peer,
      listening: formatEndpoint(listening),
      dial: formatEndpoint(this.#pinhole.dial),
      rule: this.#announced.rule,
      ttlMs: ttl,
    })
    return true
  }

  /** The data path cannot listen: another port is tried, until `false`. */
  failed(pinhole: Pinhole['id'], cause: string, now: Instant): boolean {
    if (this.#pinhole?.id !== pinhole || this.#announced === undefined) return true
    const announced = this.#announced
    this.#releaseLease(now)
    this.#pinhole = undefined
    const mayRetry =
      announced.opening.listen.port === 'leased' &&
      cause === 'EADDRINUSE' &&
      this.#attempts < PINHOLE_ATTEMPTS_MAX
    if (mayRetry && this.#request(announced, now)) return true
    this.#announced = undefined
    return false
  }

  /** Ends it, whatever state it is in. */
  close(reason: CloseReason, now: Instant): void {
    const pinhole = this.#pinhole
    this.#deadlines.clear('pinhole')
    if (this.#open !== undefined) {
      this.#shared.pinholes.remove(this.#open)
      this.#outbox.record({ type: 'pinhole.close', pinhole: this.#open.pinhole.id, reason })
      if (reason === 'replaced' || reason === 'expired') this.#wasted.push(now)
    }
    if (pinhole !== undefined) {
      this.#outbox.push({ type: 'closePinhole', pinhole })
      this.#releaseLease(now)
    }
    if (this.#early !== undefined) {
      const { connection, isCarried } = this.#early
      this.#outbox.push({ type: isCarried ? 'closeData' : 'dropData', connection })
    }
    this.#early = undefined
    this.#announced = undefined
    this.#pinhole = undefined
    this.#open = undefined
    this.#isArmed = false
  }

  #takeLease(peer: Ip, address: Ip, now: Instant): boolean {
    const { passivePorts } = this.#settings.evaluator.ruleset
    const port = this.#shared.leases.lease(peer, address, passivePorts, now)
    this.#lease = port === undefined ? undefined : { holder: peer, local: address, port }
    return port !== undefined
  }

  #releaseLease(now: Instant): void {
    if (this.#lease === undefined) return
    const { holder, local, port } = this.#lease
    this.#shared.leases.release(holder, local, port, now)
    this.#lease = undefined
  }
}
