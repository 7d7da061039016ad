/**
 * One rule file's opinion of a capture: a gateway, and a world around it in which servers can be
 * reached, pinholes open at once, and data connections come when the capture has them. The clock is
 * that of the packets.
 */
import { Gateway } from '../engine/gateway/gateway.ts'
import { type DataConnectionId, dataConnectionId, type SessionId } from '../engine/id.ts'
import type { Evaluator } from '../engine/rules/ruleset.ts'
import type { Pinhole } from '../engine/nat/pinhole.ts'
import type { Effect } from '../engine/session/effect.ts'
import type { Event, Side } from '../engine/session/event.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../net/endpoint.ts'
import { instant } from '../net/instant.ts'
import { port } from '../net/port.ts'
import { unreachable } from '../net/unreachable.ts'
import { DataLag } from './data-lag.ts'
import type { Door } from './door.ts'
import { type Opening, Openings, type Past } from './openings.ts'
import { connectionOf, type ReplayRecord, type ReplaySink } from './record.ts'
import { ToldPorts } from './told-ports.ts'

/** What the engine does to one session. */
export interface SessionListener {
  send(side: Side, bytes: Uint8Array): void
  flow(side: Side, isPaused: boolean): void
  record(record: ReplayRecord): void
  ended(session: SessionId): void
}

/** What the capture has of one TCP connection that carries data. */
export interface DataLeg {
  /** Whether something was announced or opened for it, so that it is no control connection. */
  readonly isAnnounced: boolean
  /** Both peers agreed to the connection. */
  established(at: number): void
  /** It is over; `bytes` from who opened it, and to them. */
  over(at: number, bytes: readonly [number, number], cause: DataEnd): void
}

export type DataEnd = 'end' | 'reset' | 'idle' | 'cut'

/** What the engine does to one data connection. */
export interface DataListener {
  /** The other leg is to be connected, to `to`. */
  dialed(to: Endpoint): void
  dropped(): void
  closed(): void
  /** The proxy of the capture connects it, from `local`. */
  secondLeg(local: Endpoint): DataLeg
}

interface Happening {
  readonly event: Event
  readonly at: number
  /** What the engine takes for the time, where that is not the time of the packet. */
  readonly clock?: number
}

interface Member {
  readonly door: Door
  readonly listener: SessionListener
}

/** Timers of one session that may fire at once; no session has as many. */
const TIMERS_MAX = 1_000

/** Connections that may have been captured before what announced them. */
const AWAITED_MAX = 1_000

export class Judge {
  readonly evaluator: Evaluator
  readonly openings: Openings = new Openings()
  readonly #gateway: Gateway
  readonly #sink: ReplaySink
  readonly #members = new Map<SessionId, Member>()
  readonly #deadlines = new Map<SessionId, number>()
  readonly #data = new Map<DataConnectionId, DataListener>()
  readonly #later: ((at: number) => void)[] = []
  readonly #queue: Happening[] = []
  readonly #names = new Map<string, { readonly client: string; readonly server: string }>()
  readonly #awaited = new Map<string, (at: number) => void>()
  readonly #told = new ToldPorts()
  readonly #lag = new DataLag()
  /** Connections of the proxy to peers that are awaited, by where they lead. */
  readonly #dialing = new Map<string, DataListener>()
  #lastRefusal: Past | undefined
  /** The session that a client is being connected for. */
  #connecting: SessionId | undefined
  #time = 0
  #nextDeadline = Number.POSITIVE_INFINITY
  #isDispatching = false
  #connections = 0
  #ports = 0

  constructor(evaluator: Evaluator, sink: ReplaySink) {
    this.evaluator = evaluator
    this.#sink = sink
    // The same capture and rules give the same ports: results can be compared.
    let next = 0
    this.#gateway = new Gateway(evaluator, (below) => {
      next += 1
      return next % below
    })
  }

  /** A client comes through `door`. */
  connect(
    session: SessionId,
    door: Door,
    client: Endpoint,
    listener: SessionListener,
    at: number,
  ): void {
    this.#members.set(session, { door, listener })
    if (door.isProxied) this.openings.proxied(session)
    const server = door.original ?? door.listener.server
    this.#names.set(connectionOf(session), {
      client: formatEndpoint(client),
      server: typeof server === 'string' ? '' : formatEndpoint(server),
    })
    this.handle({ type: 'rulesReplaced', evaluator: door.evaluator }, at)
    this.handle(
      {
        type: 'clientConnected',
        session,
        listener: door.listener.name,
        client,
        local: door.local,
        ...(door.original === undefined ? {} : { original: door.original }),
      },
      at,
    )
  }

  /** Somebody makes a data connection to an opening; answers its id. */
  arrive(opening: Opening, peer: Endpoint, listener: DataListener, at: number): DataConnectionId {
    const { local, id: pinhole, session, mode, cover } = opening
    this.#connections += 1
    const connection = dataConnectionId(this.#connections)
    this.#data.set(connection, listener)
    // Only the kernel carries these, and it asks nobody.
    const isPassed = cover === 'range' && mode === 'active'
    this.handle(
      isPassed
        ? { type: 'dataPassed', session, connection, pinhole, local, peer }
        : { type: 'dataConnection', connection, local, peer },
      at,
    )
    return connection
  }

  /** A data connection is over, and the engine knows. */
  forget(connection: DataConnectionId): void {
    this.#data.delete(connection)
  }

  /** One event at a time: what an effect brings about comes after it. */
  handle(event: Event, at: number): void {
    this.#queue.push({ event, at })
    if (this.#isDispatching) return
    this.#isDispatching = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
        this.#handle(next)
      const later = this.#later.splice(0)
      this.#isDispatching = false
      for (const retry of later) retry(at)
    } finally {
      this.#isDispatching = false
    }
  }

  /** Fires the timers that are due. */
  advance(at: number): void {
    if (this.#told.isWaiting)
      for (const pinhole of this.#told.late(at)) this.#opened(pinhole, this.#invented(pinhole), at)
    if (at < this.#nextDeadline) return
    for (const [session, due] of this.#deadlines) if (due <= at) this.advanceSession(session, at)
    this.#nextDeadline = Math.min(...this.#deadlines.values(), Number.POSITIVE_INFINITY)
  }

  /** Fires the timers of one session that are due, each at its own time. */
  advanceSession(session: SessionId, at: number): void {
    for (let fired = 0; fired < TIMERS_MAX; fired++) {
      const due = this.#deadlines.get(session)
      if (due === undefined || due > at) return
      this.handle({ type: 'deadlineReached', session }, due)
      if (this.#deadlines.get(session) === due) return
    }
  }

  /** The proxy of the capture sent `bytes` to a peer. */
  relayed(session: SessionId, to: Side, bytes: Uint8Array, at: number): void {
    if (!this.#told.isWaiting) return
    const told = this.#told.said(session, to, bytes)
    if (told !== undefined) this.#opened(told.pinhole, told.listening, at)
  }

  /** A connection of the proxy to `to` belongs to the data connection of `listener`. */
  awaitDial(to: Endpoint, listener: DataListener): void {
    this.#dialing.set(formatEndpoint(to), listener)
    const [oldest] = this.#dialing.keys()
    if (this.#dialing.size > AWAITED_MAX && oldest !== undefined) this.#dialing.delete(oldest)
  }

  /** Whose other leg a connection to `to` is. */
  takeDialed(to: Endpoint): DataListener | undefined {
    const key = formatEndpoint(to)
    const listener = this.#dialing.get(key)
    this.#dialing.delete(key)
    return listener
  }

  isProxied(session: SessionId): boolean {
    return this.#members.get(session)?.door.isProxied === true
  }

  record(record: ReplayRecord, at: number, session?: SessionId): void {
    this.#sink.record(record, at, session)
  }

  /** Nothing more comes of a control connection. */
  over(session: SessionId): void {
    this.#names.delete(connectionOf(session))
    this.openings.forget(session)
    this.#sink.over?.(session)
  }

  /** When the event is happening that the engine answers now. */
  get time(): number {
    return this.#time
  }

  /** The ends of a session, while its control connection is there. */
  namesOf(session: SessionId): { readonly client?: string; readonly server?: string } {
    return this.#names.get(connectionOf(session)) ?? {}
  }

  /** Why the last data connection was turned away. */
  get lastRefusal(): Past | undefined {
    return this.#lastRefusal
  }

  /** Calls back when something opens for `to`, which may only be read behind its connection. */
  whenOpened(to: string, retry: (at: number) => void): void {
    this.#awaited.set(to, retry)
    const [oldest] = this.#awaited.keys()
    if (this.#awaited.size > AWAITED_MAX && oldest !== undefined) this.#awaited.delete(oldest)
  }

  #handle({ event, at, clock = at }: Happening): void {
    this.#time = at
    const isConnecting = event.type === 'clientConnected'
    this.#connecting = isConnecting ? event.session : undefined
    this.#lag.begin()
    for (const effect of this.#gateway.handle(event, instant(clock))) this.#perform(effect, at)
    if (!('session' in event)) return
    const { session } = event
    this.#arm(session)
    const due = this.#deadlines.get(session)
    // Before anything else that is known to have happened; it is recorded at the time of the packet.
    if (due !== undefined && this.#lag.isOver(session, clock, due))
      this.#queue.unshift({ event: { type: 'deadlineReached', session }, at, clock: due })
  }

  #arm(session: SessionId): void {
    const due = this.#gateway.nextDeadline(session)
    if (due === undefined) this.#deadlines.delete(session)
    else this.#deadlines.set(session, due)
    if (due !== undefined && due < this.#nextDeadline) this.#nextDeadline = due
  }

  #perform(effect: Effect, at: number): void {
    switch (effect.type) {
      case 'record':
        return this.#record(effect.record, at)
      case 'send':
        return this.#members.get(effect.session)?.listener.send(effect.side, effect.bytes)
      case 'pause':
      case 'resume':
        return this.#members
          .get(effect.session)
          ?.listener.flow(effect.side, effect.type === 'pause')
      case 'connectServer':
        return this.#serverConnected(effect.session, at)
      case 'openPinhole':
        return this.#openPinhole(effect, at)
      case 'closePinhole':
        this.#told.forget(effect.pinhole)
        return this.openings.closePinhole(effect.pinhole)
      case 'openRange':
        this.openings.openRange(effect.range)
        return this.handle(
          {
            type: 'rangeOpened',
            session: effect.range.session,
            range: effect.range.id,
            missing: [],
          },
          at,
        )
      case 'closeRange':
        return this.openings.closeRange(effect.range)
      case 'dialData':
        return this.#data.get(effect.connection)?.dialed(effect.pinhole.dial)
      case 'dropData':
        return this.#data.get(effect.connection)?.dropped()
      case 'closeData':
        return this.#data.get(effect.connection)?.closed()
      case 'sessionEnded':
        return this.#ended(effect.session)
      case 'close':
      case 'holdData':
      case 'startData':
        return
      default:
        return unreachable(effect)
    }
  }

  #record(record: ReplayRecord, at: number): void {
    this.#lag.record(record)
    // A session that is refused has no name in the log.
    const isNameless = record.type === 'session.refused'
    const session = isNameless ? this.#connecting : 'session' in record ? record.session : undefined
    const member = session === undefined ? undefined : this.#members.get(session)
    if (record.type === 'data.refused' || isDropped(record)) this.#lastRefusal = pastOf(record)
    if (member === undefined) this.#sink.record(record, at)
    else member.listener.record(record)
  }

  #serverConnected(session: SessionId, at: number): void {
    const local = this.#members.get(session)?.door.serverLocal
    if (local !== undefined) this.handle({ type: 'serverConnected', session, local }, at)
  }

  /**
   * Where the operating system would pick a port it is one of our own; but who stands in the way
   * unseen listens where the client said it would, and the proxy of the capture where it told.
   */
  #openPinhole({ pinhole }: Extract<Effect, { type: 'openPinhole' }>, at: number): void {
    if (this.isProxied(pinhole.session)) this.#told.wait(pinhole, at)
    else this.#opened(pinhole, this.#invented(pinhole), at)
  }

  #invented({ listen, dial, session }: Pinhole): Endpoint {
    const isUnseen = listen.address === dial.address && !this.isProxied(session)
    const own = isUnseen ? dial.port : port(32_768 + (this.#ports++ % 28_000))
    return endpoint(listen.address, listen.port ?? own)
  }

  #opened(pinhole: Pinhole, listening: Endpoint, at: number): void {
    const { session, dial } = pinhole
    this.openings.openPinhole(pinhole, listening)
    this.handle({ type: 'pinholeOpened', session, pinhole: pinhole.id, listening }, at)
    const key = formatEndpoint(this.isProxied(session) ? listening : dial)
    const retry = this.#awaited.get(key)
    this.#awaited.delete(key)
    if (retry !== undefined) this.#later.push(retry)
  }

  #ended(session: SessionId): void {
    const member = this.#members.get(session)
    this.#members.delete(session)
    this.#deadlines.delete(session)
    member?.listener.ended(session)
  }
}

type Dropped = Extract<ReplayRecord, { type: 'verdict' | 'data.refused' }>

function isDropped(record: ReplayRecord): record is Extract<Dropped, { type: 'verdict' }> {
  return record.type === 'verdict' && record.verdict === 'drop-data'
}

function pastOf(record: Dropped): Past {
  const { session, reason } = record
  const detail = record.type === 'verdict' ? record.detail : undefined
  return { session, reason, ...(detail === undefined ? {} : { detail }) }
}
