/**
 * The data connections of one session that somebody has made: the one that waits for its transfer,
 * and those whose last bytes are still on their way while the control connection goes on.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { after, between, type Instant } from '../../net/instant.ts'
import type { DataConnectionId } from '../id.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { PortUse } from '../nat/port-use.ts'
import type { Deadlines } from './deadlines.ts'
import type { TransferDirection } from './effect.ts'
import type { SessionEvent } from './event.ts'
import type { Outbox } from './outbox.ts'
import type { Security } from './security.ts'
import type { SessionSettings } from './settings.ts'

/** The command that uses a data connection; nobody knows it while the session is opaque. */
export interface Transfer {
  readonly verb: string | undefined
  readonly path: string | undefined
  readonly direction: TransferDirection
}

/** Somebody at an opening. `isCarried`: by the kernel, which asks nobody. */
export interface Arrived {
  readonly connection: DataConnectionId
  readonly peer: Endpoint
  readonly isCarried: boolean
}

const UNSEEN: Transfer = { verb: undefined, path: undefined, direction: 'to-client' }

/** The most that the headers of one packet take: IPv4 with options or IPv6, and TCP with options. */
const HEADER_BYTES_MAX = 120

interface DataConnection {
  readonly id: DataConnectionId
  readonly pinhole: Pinhole
  readonly peer: Endpoint
  /** The port of ours that it came to, if it was one. */
  readonly use: PortUse | undefined
  /** Since when the kernel has carried it, whatever we know of it. */
  readonly carriedAt: Instant | undefined
  isDialed: boolean
  transfer: Transfer | undefined
  startedAt: Instant | undefined
  /** The data path was told to end it and has not reported yet that it has. */
  isClosing: boolean
}

type DataEnded = Extract<SessionEvent, { type: 'dataEnded' }>

export class DataConnections {
  readonly #settings: SessionSettings
  readonly #outbox: Outbox
  readonly #deadlines: Deadlines
  readonly #security: Security
  readonly #connections = new Map<DataConnectionId, DataConnection>()
  /** The transfer that was sent and has no data connection yet. */
  #transfer: Transfer | undefined
  #transfers = 0
  #toClientBytes = 0
  #toServerBytes = 0

  constructor(settings: SessionSettings, outbox: Outbox, deadlines: Deadlines, security: Security) {
    this.#settings = settings
    this.#outbox = outbox
    this.#deadlines = deadlines
    this.#security = security
  }

  /**
   * A peer came through `pinhole`, to the port that was leased for it, if one was: the other leg is
   * dialled, where the kernel has not done so.
   */
  accept(arrived: Arrived, pinhole: Pinhole, leased: PortUse | undefined, now: Instant): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    const transfer = this.#transfer
    this.#transfer = undefined
    if (transfer === undefined) this.#deadlines.set('data-unused', after(now, timeouts.dataIdle))
    const holder = arrived.peer.address
    const use = leased && ({ ...leased, state: 'connected', holder } as const)
    this.#add(arrived, { pinhole, transfer, use }, now)
  }

  /** A peer came through the static range: what it transfers, and which way, cannot be seen. */
  acceptOpaque(arrived: Arrived, pinhole: Pinhole, now: Instant): void {
    const use = this.#useOfRange(pinhole, arrived.peer)
    this.#add(arrived, { pinhole, transfer: UNSEEN, use }, now)
  }

  /** Intercepted, the client came to a port of the server; the server comes to one of the client. */
  #useOfRange({ mode, listen }: Pinhole, peer: Endpoint): PortUse | undefined {
    const { id: session, listener } = this.#settings
    const isOurs = mode === 'passive' && listener.intercept === 'none'
    if (!isOurs || listen.port === undefined) return undefined
    const { address: local, port } = listen
    return { state: 'connected', holder: peer.address, local, port, session }
  }

  #add(
    { connection, peer, isCarried }: Arrived,
    { pinhole, transfer, use }: Pick<DataConnection, 'pinhole' | 'transfer' | 'use'>,
    now: Instant,
  ): void {
    this.#connections.set(connection, {
      id: connection,
      pinhole,
      peer,
      use,
      carriedAt: isCarried ? now : undefined,
      isDialed: false,
      transfer,
      startedAt: undefined,
      isClosing: false,
    })
    this.#outbox.record({ type: 'pinhole.use', pinhole: pinhole.id, peer: formatEndpoint(peer) })
    if (isCarried) return
    const timeout = this.#settings.evaluator.ruleset.timeouts.dataConnect
    this.#outbox.push({ type: 'dialData', connection, pinhole, timeout })
  }

  /** Both legs stand. */
  dialed(id: DataConnectionId, now: Instant): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    connection.isDialed = true
    this.#startIfReady(connection, now)
  }

  /** Answers whether the connection was still waiting for its transfer. */
  dialFailed(id: DataConnectionId, cause: string): boolean {
    const connection = this.#take(id)
    if (connection === undefined || connection.isClosing) return false
    const side = connection.pinhole.mode === 'passive' ? 'server' : 'client'
    const detail = `${formatEndpoint(connection.pinhole.dial)}: ${cause}`
    this.#outbox.verdict('drop-data', 'data.unreachable', { side, detail })
    return connection.transfer === undefined
  }

  /** A transfer command was sent: bytes may flow as soon as both legs stand. */
  transferSent(transfer: Transfer, now: Instant): void {
    const unused = this.#unused
    this.#transfer = unused === undefined ? transfer : undefined
    if (unused === undefined) return
    unused.transfer = transfer
    this.#deadlines.clear('data-unused')
    this.#startIfReady(unused, now)
  }

  /** The server gave the transfer up: one that is still being connected is no longer wanted. */
  transferFailed(): void {
    this.#transfer = undefined
    this.close('unstarted')
  }

  /**
   * Whether a transfer was sent whose data connection nobody has reported yet. The server may have
   * made it, used it and replied before the data path tells us: the two connections race.
   */
  get isAwaitingConnection(): boolean {
    return this.#transfer !== undefined
  }

  /**
   * No transfer will use what was set up: a connection that was made for it ends. Answers whether
   * there was one.
   */
  forget(): boolean {
    const isLost = this.#unused !== undefined
    this.#transfer = undefined
    this.close('unused')
    return isLost
  }

  /** Answers whether the connection was still waiting for its transfer. */
  ended(event: DataEnded, now: Instant): boolean {
    const connection = this.#take(event.connection)
    if (connection === undefined) return false
    const { transfer, startedAt, carriedAt } = connection
    if (transfer !== undefined) {
      if (startedAt !== undefined)
        this.#recordEnd(connection.pinhole, transfer, startedAt, event, now)
      return false
    }
    if (carriedAt !== undefined) {
      // Nobody held its bytes back, so they are told of even if no transfer is known for them.
      this.#recordStart(connection, UNSEEN)
      this.#recordEnd(connection.pinhole, UNSEEN, carriedAt, event, now)
    }
    return !connection.isClosing
  }

  #recordEnd(
    pinhole: Pinhole,
    transfer: Transfer,
    startedAt: Instant,
    event: DataEnded,
    now: Instant,
  ): void {
    const { toClientBytes, toServerBytes, toClientPackets, toServerPackets, cause } = event
    this.#toClientBytes += toClientBytes
    this.#toServerBytes += toServerBytes
    const [wrongWay, packets] =
      transfer.direction === 'to-client'
        ? [toServerBytes, toServerPackets ?? 0]
        : [toClientBytes, toClientPackets ?? 0]
    // Under TLS both sides always send something.
    const isReadable = transfer.verb !== undefined && !this.#security.wasProtected
    if (wrongWay > packets * HEADER_BYTES_MAX && isReadable) {
      const side = transfer.direction === 'to-client' ? 'client' : 'server'
      const detail = `${wrongWay} bytes`
      this.#outbox.verdict('note', 'data.wrong-direction', { side, verb: transfer.verb, detail })
    }
    this.#outbox.record({
      type: 'data.close',
      pinhole: pinhole.id,
      ...(transfer.verb === undefined ? {} : { verb: transfer.verb }),
      ...(transfer.path === undefined ? {} : { path: transfer.path }),
      toClientBytes,
      toServerBytes,
      ...(toClientPackets === undefined ? {} : { toClientPackets }),
      ...(toServerPackets === undefined ? {} : { toServerPackets }),
      durationMs: Math.round(between(startedAt, now)),
      cause,
    })
  }

  /**
   * Ends connections now: those that no transfer uses, those that wait for one of their legs as
   * well, or all of them.
   */
  close(which: 'unused' | 'unstarted' | 'all'): void {
    this.#deadlines.clear('data-unused')
    for (const connection of this.#connections.values()) {
      const isKept =
        (which === 'unused' && connection.transfer !== undefined) ||
        (which === 'unstarted' && connection.startedAt !== undefined)
      if (connection.isClosing || isKept) continue
      connection.isClosing = true
      this.#outbox.push({ type: 'closeData', connection: connection.id })
    }
  }

  /** Awaits no more reports. */
  clear(): void {
    this.#connections.clear()
  }

  /** Connections whose end has not been reported. */
  get count(): number {
    return this.#connections.size
  }

  /** The ports of ours that they are on. */
  get portUses(): readonly PortUse[] {
    return [...this.#connections.values()].flatMap(({ use }) => use ?? [])
  }

  /** Whether a transfer has a data connection. */
  get isInUse(): boolean {
    return [...this.#connections.values()].some((one) => one.transfer !== undefined)
  }

  get totals(): { transfers: number; toClientBytes: number; toServerBytes: number } {
    return {
      transfers: this.#transfers,
      toClientBytes: this.#toClientBytes,
      toServerBytes: this.#toServerBytes,
    }
  }

  get #unused(): DataConnection | undefined {
    return [...this.#connections.values()].find(
      (one) => one.transfer === undefined && !one.isClosing,
    )
  }

  #take(id: DataConnectionId): DataConnection | undefined {
    const connection = this.#connections.get(id)
    this.#connections.delete(id)
    return connection
  }

  #startIfReady(connection: DataConnection, now: Instant): void {
    const { transfer } = connection
    if (transfer === undefined || !connection.isDialed || connection.isClosing) return
    if (connection.startedAt !== undefined) return
    connection.startedAt = now
    this.#transfers += 1
    this.#recordStart(connection, transfer)
    const idle = this.#settings.evaluator.ruleset.timeouts.dataIdle
    this.#outbox.push({
      type: 'startData',
      connection: connection.id,
      direction: transfer.direction,
      idle,
    })
  }

  #recordStart({ pinhole, peer }: DataConnection, { verb, path }: Transfer): void {
    this.#outbox.record({
      type: 'data.open',
      pinhole: pinhole.id,
      mode: pinhole.mode,
      ...(verb === undefined ? {} : { verb }),
      ...(path === undefined ? {} : { path }),
      from: formatEndpoint(peer),
      to: formatEndpoint(pinhole.dial),
    })
  }
}
