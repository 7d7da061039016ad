/** The running proxy: listeners, sessions, the data path and the packet log around one gateway. */
import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { Gateway } from '../engine/gateway/gateway.ts'
import { type SessionId, sessionId } from '../engine/id.ts'
import type { Evaluator } from '../engine/rules/ruleset.ts'
import type { Effect } from '../engine/session/effect.ts'
import type { Event } from '../engine/session/event.ts'
import type { PacketLogRecord } from '../engine/session/record.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { after, between } from '../net/instant.ts'
import { unreachable } from '../net/unreachable.ts'
import { type PortsReport, portsReport } from './admin/ports-report.ts'
import type { CaptureFile } from './capture-file.ts'
import { CaptureTap } from './capture-tap.ts'
import { ControlConnection } from './control-connection.ts'
import { type Arrival, ControlListeners } from './control-listeners.ts'
import type { DataPath } from './data-path/data-path.ts'
import { openDataPath } from './data-path/open-data-path.ts'
import { DeadlineTimers } from './deadline-timers.ts'
import { DescriptorWatch } from './descriptor-watch.ts'
import { descriptorLimit, reserveOf } from './descriptors.ts'
import { HostChanges } from './host-changes.ts'
import { localAddresses } from './local-addresses.ts'
import { LingeringSockets } from './lingering-sockets.ts'
import type { PacketLog } from './packet-log/packet-log.ts'
import { readReservedPorts } from './reserved-ports.ts'
import { now } from './system-clock.ts'

type ConnectServer = Extract<Effect, { type: 'connectServer' }>

/** How often the host's own addresses are read again. */
const ADDRESSES_MS = 30_000

export interface ProxyOptions {
  readonly evaluator: Evaluator
  readonly packetLog: PacketLog
  readonly logger: Logger
  /** Leads connections to the listeners that intercept, while the proxy runs. Default: no. */
  readonly installIntercept?: boolean
  /** Gets what both legs of every control connection carry. Its owner closes it. */
  readonly capture?: CaptureFile | undefined
}

export interface Proxy {
  /** Where clients are awaited. */
  readonly listeners: readonly { readonly name: string; readonly endpoint: Endpoint }[]
  /** Who uses which data ports now. */
  ports(): PortsReport
  /** New sessions get the new rules; those that run keep theirs. Listeners are not changed. */
  replaceRules(evaluator: Evaluator): void
  /** No new sessions; resolves when the last one is over, or after the grace period. */
  drain(): Promise<void>
  /** Ends everything now. */
  close(): Promise<void>
}

/**
 * Starts listening. Rejects with the operating system's error when a listener cannot be had, with a
 * KernelDataPathError, a ReservedPortsError or an InterceptionError; nothing is left behind then.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const proxy = new RunningProxy(options)
  await proxy.start()
  return proxy
}

class RunningProxy implements Proxy {
  readonly #options: ProxyOptions
  readonly #gateway: Gateway
  readonly #connections = new Map<SessionId, ControlConnection>()
  readonly #timers: DeadlineTimers
  readonly #listeners: ControlListeners
  readonly #descriptors: DescriptorWatch
  readonly #lingering: LingeringSockets
  readonly #idPrefix = Date.now().toString(36)
  readonly #queue: Event[] = []
  readonly #tap: CaptureTap | undefined
  #dataPath: DataPath | undefined
  #hostChanges: HostChanges | undefined
  #closing: Promise<void> | undefined
  #isDispatching = false
  #evaluator: Evaluator
  #ordinal = 0
  #addressTimer: NodeJS.Timeout | undefined
  #whenEmpty: (() => void) | undefined

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#evaluator = options.evaluator
    this.#tap = options.capture === undefined ? undefined : new CaptureTap(options.capture)
    this.#gateway = new Gateway(options.evaluator, randomInt)
    this.#listeners = new ControlListeners(options.logger, (socket, arrival) => {
      this.#accept(socket, arrival)
    })
    this.#descriptors = new DescriptorWatch(options.logger)
    this.#lingering = new LingeringSockets(reserveOf(descriptorLimit() ?? Infinity) / 2)
    this.#timers = new DeadlineTimers((session) => {
      this.#dispatch({ type: 'deadlineReached', session })
    })
  }

  get listeners(): Proxy['listeners'] {
    return this.#evaluator.ruleset.listeners.map(({ name, listen }) => ({ name, endpoint: listen }))
  }

  ports(): PortsReport {
    return portsReport({
      ruleset: this.#evaluator.ruleset,
      uses: this.#gateway.portUses(now()),
      openRanges: this.#gateway.openRanges(),
      reserved: readReservedPorts(),
    })
  }

  async start(): Promise<void> {
    const readAddresses = (): void => {
      this.#dispatch({ type: 'localAddresses', addresses: localAddresses() })
    }
    readAddresses()
    this.#addressTimer = setInterval(readAddresses, ADDRESSES_MS).unref()
    this.#options.packetLog.watch((state, cause) => {
      this.#options.logger[state === 'failed' ? 'error' : 'info']({ cause }, `packet log ${state}`)
      this.#dispatch({ type: state === 'failed' ? 'packetLogFailed' : 'packetLogRecovered' })
    })
    const { evaluator, logger, installIntercept } = this.#options
    const { ruleset } = evaluator
    try {
      this.#dataPath = await openDataPath((event) => this.#dispatch(event), { evaluator, logger })
      await this.#listeners.open(ruleset.listeners)
      this.#hostChanges = new HostChanges(ruleset, {
        isInstalling: installIntercept ?? false,
        logger,
      })
    } catch (error) {
      await this.close()
      throw error
    }
  }

  #accept(socket: Socket, arrival: Arrival): void {
    this.#ordinal += 1
    const session = sessionId(`${this.#idPrefix}-${this.#ordinal}`)
    const connection = new ControlConnection(session, socket, this.#lingering, (event) => {
      // What a server says of a transfer comes after the transfer's own connection.
      if ('side' in event && event.side === 'server') this.#settle()
      this.#dispatch(event)
    })
    this.#connections.set(session, connection)
    const isShort = this.#descriptors.isShort(socket)
    this.#dispatch({
      type: 'clientConnected',
      session,
      ...arrival,
      ...(isShort ? { isOneTooMany: true } : {}),
    })
  }

  #settle(): void {
    try {
      this.#dataPath?.settle()
    } catch (error) {
      this.#options.logger.error({ err: error }, 'data path')
    }
  }

  /** One event at a time: what performing an effect brings about comes after it. */
  #dispatch(event: Event): void {
    this.#queue.push(event)
    if (this.#isDispatching) return
    this.#isDispatching = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
        this.#handle(next)
    } finally {
      this.#isDispatching = false
    }
  }

  #handle(event: Event): void {
    this.#tap?.happened(event)
    try {
      this.#performAll(this.#gateway.handle(event, now()))
    } catch (error) {
      // A fault of ours ends the session it happened in, never the others, and opens nothing.
      this.#options.logger.error({ err: error, event: event.type }, 'internal error')
      if ('session' in event) this.#discard(event.session)
    }
    if ('session' in event)
      this.#timers.arm(event.session, this.#gateway.nextDeadline(event.session), now())
  }

  /** Peers first: they need not wait while records are written down. */
  #performAll(effects: readonly Effect[]): void {
    const records: Extract<Effect, { type: 'record' }>[] = []
    try {
      for (const effect of effects)
        if (effect.type === 'record') records.push(effect)
        else this.#perform(effect)
    } finally {
      for (const record of records) this.#perform(record)
    }
  }

  #perform(effect: Effect): void {
    this.#tap?.performed(effect)
    switch (effect.type) {
      case 'record':
        return this.#record(effect.record)
      case 'send':
        return this.#connections.get(effect.session)?.send(effect.side, effect.bytes)
      case 'pause':
        return this.#connections.get(effect.session)?.pause(effect.side)
      case 'resume':
        return this.#connections.get(effect.session)?.resume(effect.side)
      case 'connectServer':
        return this.#connectServer(effect)
      case 'close':
        return this.#connections.get(effect.session)?.close(effect.side)
      case 'sessionEnded':
        return this.#ended(effect.session)
      case 'openRange':
      case 'closeRange':
      case 'openPinhole':
      case 'closePinhole':
      case 'holdData':
      case 'dialData':
      case 'startData':
      case 'dropData':
      case 'closeData':
        return this.#dataPath?.perform(effect)
      default:
        return unreachable(effect)
    }
  }

  #record(record: PacketLogRecord): void {
    this.#options.packetLog.write(record)
    if (record.type === 'verdict' && record.verdict === 'reject')
      this.#connections.get(sessionId(record.session))?.refused()
  }

  #connectServer({ session, server, from, isTransparent }: ConnectServer): void {
    const connection = this.#connections.get(session)
    const client = isTransparent === true ? connection?.client : undefined
    const isBound = this.#mayUseDefaultDataPort()
    if (client !== undefined) connection?.connectServer(server, { type: 'client', client })
    else if (from !== undefined) connection?.connectServer(server, { type: 'own', address: from })
    else connection?.connectServer(server, { type: 'any', isBound })
  }

  #mayUseDefaultDataPort(): boolean {
    return [...this.#evaluator.ruleset.profiles.values()].some(
      (profile) => profile.defaultDataPort === 'allowed',
    )
  }

  #ended(session: SessionId): void {
    this.#connections.delete(session)
    this.#timers.clear(session)
    if (this.#connections.size === 0) this.#whenEmpty?.()
  }

  /** Ends a session that cannot go on; a second fault on the way must not reach the others. */
  #discard(session: SessionId): void {
    this.#connections.get(session)?.destroy()
    try {
      this.#performAll(this.#gateway.discard(session, now()))
    } catch (error) {
      this.#options.logger.error({ err: error, session }, 'internal error while ending a session')
    }
    this.#ended(session)
  }

  replaceRules(evaluator: Evaluator): void {
    this.#evaluator = evaluator
    this.#dataPath?.replaceRules(evaluator)
    this.#hostChanges?.update(evaluator.ruleset)
    this.#dispatch({ type: 'rulesReplaced', evaluator })
  }

  async drain(): Promise<void> {
    this.#listeners.close()
    const grace = this.#evaluator.ruleset.timeouts.drain
    const until = after(now(), grace)
    this.#dispatch({ type: 'drain', until })
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, between(now(), until))
        this.#whenEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * Sessions first, while the data path can still do what they want done; then what is in the
   * kernel. New control connections find no listener all the while, and not the server.
   */
  async #close(): Promise<void> {
    this.#listeners.close()
    clearInterval(this.#addressTimer)
    this.#descriptors.stop()
    this.#dispatch({ type: 'drain', until: now() })
    for (const session of this.#connections.keys())
      this.#dispatch({ type: 'deadlineReached', session })
    try {
      await this.#dataPath?.close()
    } finally {
      for (const session of this.#connections.keys()) this.#discard(session)
      this.#timers.clearAll()
      this.#hostChanges?.undo()
    }
  }
}
