/**
 * The data path that needs no privilege: this process accepts, dials and copies. The engine decides
 * who may connect and where to; here it is only done.
 */
import type { Socket } from 'node:net'
import type { Pinhole } from '../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../engine/nat/scoped-range.ts'
import { type DataConnectionId, dataConnectionId } from '../../engine/id.ts'
import type { Duration } from '../../net/instant.ts'
import { unreachable } from '../../net/unreachable.ts'
import { BufferPool, TwoSizes } from './buffer-pool.ts'
import { DataConnection, type DataConnectionHost } from './data-connection.ts'
import type { DataEffect, DataEvent, DataPath } from './data-path.ts'
import { localEnd, peerEnd } from '../socket-end.ts'
import { resetLeg } from './leg.ts'
import { PinholeListeners } from './pinhole-listeners.ts'
import {
  type ListeningRange,
  OwnRangeListeners,
  type RangeListeners,
  type RangeListenersFactory,
} from './range-listeners.ts'

export interface RelayOptions {
  /** Read buffer for the direction of the file of most transfers. Default 512 KiB. */
  readonly fileBufferBytes?: number
  /** Names a connection, where others name some too. Default: counted from 1. */
  readonly nextConnection?: () => DataConnectionId
  /** Default: this process listens on the ports of static ranges itself. */
  readonly ranges?: RangeListenersFactory | undefined
}

/** What is in use at the moment; all zero when nothing is going on. */
export interface RelayCounts {
  readonly listeners: number
  /** Data connections that have at least one leg. */
  readonly connections: number
  /** Read buffers, two for each transfer. */
  readonly buffers: number
}

export interface RelayDataPath extends DataPath {
  counts(): RelayCounts
}

/** More than this gains nothing; 64 KiB, what Node reads by itself, is half as fast. */
const FILE_BUFFER_BYTES = 512 * 1024
/** For transfers beyond those that get one of the above. */
const SMALL_FILE_BUFFER_BYTES = 64 * 1024
/** Carries TLS handshakes and the odd byte from the receiving side of a transfer. */
const REVERSE_BUFFER_BYTES = 4096
/** Large buffers, in use or kept for the next transfer: 32 MiB. Of others so many are kept, too. */
const BUFFERS_KEPT = 64

/**
 * A data path that reports to `report`. Connections that are neither dialled, held nor dropped while
 * their `dataConnection` is reported are dropped.
 */
export function createRelayDataPath(
  report: (event: DataEvent) => void,
  options: RelayOptions = {},
): RelayDataPath {
  return new Relay(report, options)
}

class Relay implements RelayDataPath {
  readonly #report: (event: DataEvent) => void
  readonly #connections = new Map<DataConnectionId, DataConnection>()
  readonly #listeners: PinholeListeners
  readonly #ranges: RangeListeners
  readonly #host: DataConnectionHost
  readonly #nextConnection: () => DataConnectionId
  #isClosed = false
  #onEmpty: (() => void) | undefined

  constructor(report: (event: DataEvent) => void, options: RelayOptions) {
    this.#report = report
    this.#nextConnection = options.nextConnection ?? countConnections()
    const accept = (socket: Socket): void => this.#accept(socket)
    this.#listeners = new PinholeListeners(accept)
    this.#ranges = options.ranges?.(accept) ?? new OwnRangeListeners(this.#listeners)
    this.#host = {
      report,
      over: (connection) => this.#over(connection),
      fileBuffers: new TwoSizes(
        { large: options.fileBufferBytes ?? FILE_BUFFER_BYTES, small: SMALL_FILE_BUFFER_BYTES },
        BUFFERS_KEPT,
      ),
      reverseBuffers: new BufferPool(REVERSE_BUFFER_BYTES, BUFFERS_KEPT),
    }
  }

  perform(effect: DataEffect): void {
    switch (effect.type) {
      case 'openPinhole':
        return this.#openPinhole(effect.pinhole)
      case 'closePinhole':
        return this.#listeners.close(effect.pinhole.id)
      case 'openRange':
        return this.#openRange(effect.range)
      case 'closeRange':
        return this.#closeRange(effect.range)
      case 'holdData':
        return this.#connections.get(effect.connection)?.hold()
      case 'dialData':
        return this.#dial(effect.connection, effect.pinhole, effect.timeout)
      case 'startData':
        return this.#connections.get(effect.connection)?.start(effect.direction, effect.idle)
      case 'dropData':
      case 'closeData':
        return this.#connections.get(effect.connection)?.close()
      default:
        return unreachable(effect)
    }
  }

  /** Sockets say by themselves what happens to them. */
  settle(): void {}

  /** The engine judges every connection. */
  replaceRules(): void {}

  counts(): RelayCounts {
    return {
      listeners: this.#listeners.size,
      connections: this.#connections.size,
      buffers: this.#host.fileBuffers.taken + this.#host.reverseBuffers.taken,
    }
  }

  /** Resolves when every leg is closed and the end of every data connection was reported. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.closeAll()
    for (const connection of this.#connections.values()) connection.close()
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
  }

  #openPinhole(pinhole: Pinhole): void {
    const { session, id } = pinhole
    if (this.#isClosed) {
      queueMicrotask(() =>
        this.#report({ type: 'pinholeFailed', session, pinhole: id, cause: 'ECANCELED' }),
      )
      return
    }
    this.#listeners.open(pinhole, (answer) =>
      this.#report(
        answer.type === 'listening'
          ? { type: 'pinholeOpened', session, pinhole: id, listening: answer.listening }
          : { type: 'pinholeFailed', session, pinhole: id, cause: answer.cause },
      ),
    )
  }

  #openRange(range: ScopedRange): void {
    const { session, id } = range
    const listening = listeningRange(range)
    // For active mode alone, which only the kernel carries.
    if (listening === undefined)
      queueMicrotask(() => this.#report({ type: 'rangeOpened', session, range: id, missing: [] }))
    else
      this.#ranges.open(listening, (missing) =>
        this.#report({ type: 'rangeOpened', session, range: id, missing }),
      )
  }

  #closeRange(range: ScopedRange): void {
    const listening = listeningRange(range)
    if (listening !== undefined) this.#ranges.close(listening)
  }

  #accept(socket: Socket): void {
    // Before anything else: an `error` event nobody listens to ends the process.
    socket.on('error', () => {})
    const local = localEnd(socket)
    const peer = peerEnd(socket)
    // Already reset: there is nobody the engine could judge.
    if (local === undefined || peer === undefined) return resetLeg(socket)
    const id = this.#nextConnection()
    const connection = new DataConnection(id, socket, this.#host)
    this.#connections.set(id, connection)
    try {
      this.#report({ type: 'dataConnection', connection: id, local, peer })
    } finally {
      if (connection.isUnanswered) connection.close()
    }
  }

  #dial(id: DataConnectionId, pinhole: Pinhole, timeout: Duration): void {
    const connection = this.#connections.get(id)
    if (connection !== undefined) return connection.dial(pinhole, timeout)
    queueMicrotask(() =>
      this.#report({
        type: 'dataDialFailed',
        session: pinhole.session,
        connection: id,
        cause: 'ECONNRESET',
      }),
    )
  }

  #over(id: DataConnectionId): void {
    this.#connections.delete(id)
    if (this.#connections.size === 0) queueMicrotask(() => this.#onEmpty?.())
  }
}

/** Names for connections, of which no two are the same. */
export function countConnections(): () => DataConnectionId {
  let last = 0
  return () => {
    last += 1
    return dataConnectionId(last)
  }
}

function listeningRange({ id, listen }: ScopedRange): ListeningRange | undefined {
  const { address, ports } = listen
  return ports === undefined ? undefined : { id, address, ports }
}
