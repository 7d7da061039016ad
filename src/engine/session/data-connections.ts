/**
 * The data connections of one session that somebody has made: the one that waits for its transfer,
 * and those whose last bytes are still on their way while the control connection goes on.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { between, type Instant } from '../../net/instant.ts'
import type { DataConnectionId } from '../id.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { TransferDirection } from './effect.ts'
import type { SessionEvent } from './event.ts'
import type { Outbox } from './outbox.ts'
import type { SessionSettings } from './settings.ts'

/** The command that uses a data connection. */
export interface Transfer {
  readonly verb: string
  readonly path: string | undefined
  readonly direction: TransferDirection
}

interface DataConnection {
  readonly id: DataConnectionId
  readonly pinhole: Pinhole
  readonly peer: Endpoint
  isDialed: boolean
  transfer: Transfer | undefined
  startedAt: Instant | undefined
}

type DataEnded = Extract<SessionEvent, { type: 'dataEnded' }>

export class DataConnections {
  readonly #settings: SessionSettings
  readonly #outbox: Outbox
  readonly #connections = new Map<DataConnectionId, DataConnection>()
  /** The transfer that was sent and has no data connection yet. */
  #transfer: Transfer | undefined
  #transfers = 0
  #toClientBytes = 0
  #toServerBytes = 0

  constructor(settings: SessionSettings, outbox: Outbox) {
    this.#settings = settings
    this.#outbox = outbox
  }

  /** A peer came through `pinhole`: the other leg is dialled. */
  accept(id: DataConnectionId, pinhole: Pinhole, peer: Endpoint): void {
    const transfer = this.#transfer
    this.#transfer = undefined
    this.#connections.set(id, {
      id,
      pinhole,
      peer,
      isDialed: false,
      transfer,
      startedAt: undefined,
    })
    this.#outbox.record({ type: 'pinhole.use', pinhole: pinhole.id, peer: formatEndpoint(peer) })
    const timeout = this.#settings.evaluator.ruleset.timeouts.dataConnect
    this.#outbox.push({ type: 'dialData', connection: id, pinhole, timeout })
  }

  dialed(id: DataConnectionId, now: Instant): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    connection.isDialed = true
    this.#startIfReady(connection, now)
  }

  dialFailed(id: DataConnectionId, cause: string): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    this.#connections.delete(id)
    const side = connection.pinhole.mode === 'passive' ? 'server' : 'client'
    const detail = `${formatEndpoint(connection.pinhole.dial)}: ${cause}`
    this.#outbox.verdict('drop-data', 'data.unreachable', { side, detail })
  }

  /** A transfer command was sent: bytes may flow as soon as both legs stand. */
  transferSent(transfer: Transfer, now: Instant): void {
    const unused = [...this.#connections.values()].find((one) => one.transfer === undefined)
    this.#transfer = unused === undefined ? transfer : undefined
    if (unused === undefined) return
    unused.transfer = transfer
    this.#startIfReady(unused, now)
  }

  /**
   * Whether a transfer was sent whose data connection nobody has reported yet. The server may have
   * made it, used it and replied before the data path tells us: the two connections race.
   */
  get isAwaitingConnection(): boolean {
    return this.#transfer !== undefined
  }

  /** A new data connection is being announced: what was made for the last one and not used ends. */
  forget(): void {
    this.#transfer = undefined
    this.close('unused')
  }

  ended(event: DataEnded, now: Instant): void {
    const connection = this.#connections.get(event.connection)
    if (connection === undefined) return
    this.#connections.delete(event.connection)
    const { transfer, startedAt, pinhole } = connection
    if (transfer === undefined || startedAt === undefined) return
    const { toClientBytes, toServerBytes, cause } = event
    this.#toClientBytes += toClientBytes
    this.#toServerBytes += toServerBytes
    const wrongWay = transfer.direction === 'to-client' ? toServerBytes : toClientBytes
    if (wrongWay > 0) {
      const side = transfer.direction === 'to-client' ? 'client' : 'server'
      const detail = `${wrongWay} bytes`
      this.#outbox.verdict('note', 'data.wrong-direction', { side, verb: transfer.verb, detail })
    }
    this.#outbox.record({
      type: 'data.close',
      pinhole: pinhole.id,
      verb: transfer.verb,
      ...(transfer.path === undefined ? {} : { path: transfer.path }),
      toClientBytes,
      toServerBytes,
      durationMs: between(startedAt, now),
      cause,
    })
  }

  /** Ends connections now: those that no transfer uses, or all of them. */
  close(which: 'unused' | 'all'): void {
    for (const connection of this.#connections.values())
      if (which === 'all' || connection.transfer === undefined)
        this.#outbox.push({ type: 'closeData', connection: connection.id })
  }

  /** Awaits no more reports. */
  clear(): void {
    this.#connections.clear()
  }

  get count(): number {
    return this.#connections.size
  }

  get totals(): { transfers: number; toClientBytes: number; toServerBytes: number } {
    return {
      transfers: this.#transfers,
      toClientBytes: this.#toClientBytes,
      toServerBytes: this.#toServerBytes,
    }
  }

  #startIfReady(connection: DataConnection, now: Instant): void {
    const { transfer, pinhole, peer } = connection
    if (transfer === undefined || !connection.isDialed || connection.startedAt !== undefined) return
    connection.startedAt = now
    this.#transfers += 1
    this.#outbox.record({
      type: 'data.open',
      pinhole: pinhole.id,
      mode: pinhole.mode,
      verb: transfer.verb,
      ...(transfer.path === undefined ? {} : { path: transfer.path }),
      from: formatEndpoint(peer),
      to: formatEndpoint(pinhole.dial),
    })
    const idle = this.#settings.evaluator.ruleset.timeouts.dataIdle
    this.#outbox.push({
      type: 'startData',
      connection: connection.id,
      direction: transfer.direction,
      idle,
    })
  }
}
