/**
 * A capture under a rule file: chunks of the file go in, records come out. Control connections are
 * found on any port and run through the same engine that runs live ones; of everything else only
 * headers are looked at. Memory grows with the connections that live at the same time.
 */
import { sessionId } from '../engine/id.ts'
import type { Evaluator } from '../engine/rules/ruleset.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import { type CaptureProblem, CaptureReader } from '../record/capture/capture-reader.ts'
import { Connection, ConnectionTable } from '../record/capture/connection-table.ts'
import type { CapturedPacket } from '../record/capture/packet.ts'
import { SegmentDecoder } from '../record/capture/segment-decoder.ts'
import { type DialogueSide, TcpDialogue } from '../record/capture/tcp-dialogue.ts'
import { TCP_FLAGS, type TcpSegment } from '../record/capture/tcp-segment.ts'
import { DataTicket } from './data-ticket.ts'
import { Flow } from './flow.ts'
import { guess } from './heuristic.ts'
import { type DataEnd, type DataLeg, Judge } from './judge.ts'
import { type Leg, Legs, type Match } from './legs.ts'
import type { Past } from './openings.ts'
import { ReplayedSession } from './replayed-session.ts'
import type { ReplayRecord, ReplaySink } from './record.ts'

export interface ReplayOptions {
  /** Ports on which everything is a control connection, beside 21 and 990. */
  readonly ports?: readonly number[]
  /** The listener to use for every session. */
  readonly listener?: string | undefined
}

/** A rule file, and who is told what comes of it. */
export interface Party {
  readonly evaluator: Evaluator
  readonly sink: ReplaySink
}

/** How often connections are looked through, in milliseconds of the capture. */
const TICK = 1_000
const SWEEP = 10_000

/** How long a connection without a packet is remembered, in milliseconds of the capture. */
const IDLE = { control: 2 * 3_600_000, data: 3_600_000, other: 120_000, ended: 10_000 } as const

/** Connections at the same time; what comes beyond is not looked at, and counted. */
const CONNECTIONS_MAX = 500_000

/** The first byte of a connection that begins with TLS (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16

export class Replay {
  readonly #judges: readonly Judge[]
  readonly #forced: ReadonlySet<number>
  readonly #listener: string | undefined
  readonly #reader: CaptureReader
  readonly #decoder = new SegmentDecoder()
  readonly #table = new ConnectionTable<Flow>()
  readonly #controls = new Set<Flow>()
  /** Control connections by `client server`, for data connections that nobody announced. */
  readonly #byHosts = new Map<string, Set<Flow>>()
  readonly #legs: Legs<Flow>
  #proxied = 0
  #now = 0
  #nextTick = 0
  #nextSweep = 0
  #sessions = 0
  #untracked = 0
  #found: CaptureProblem | undefined

  constructor(parties: readonly Party[], options: ReplayOptions = {}) {
    this.#judges = parties.map(({ evaluator, sink }) => new Judge(evaluator, sink))
    this.#forced = new Set(options.ports)
    this.#listener = options.listener
    this.#legs = new Legs(parties[0]?.evaluator.ruleset.listeners ?? [])
    this.#reader = new CaptureReader((packet) => this.#packet(packet))
  }

  /** Reads on in the file. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk)
  }

  /**
   * The file ends here. Sessions that are open then stay open. `found` is what whoever reads it knows
   * of its end, as when it was packed and cannot be unpacked further.
   */
  finish(found?: CaptureProblem): void {
    this.#reader.end()
    this.#found = found
    for (const connection of this.#table) this.#over(connection, 'cut')
    const { bytes } = this.#reader
    const { problem } = this
    for (const judge of this.#judges)
      judge.record(
        {
          type: 'capture.end',
          packets: this.#decoder.packets,
          bytes,
          sessions: this.#sessions,
          ...(this.#proxied === 0 ? {} : { proxied: this.#proxied }),
          ...(problem === undefined ? {} : { problem }),
        },
        this.#now,
      )
  }

  /** Connections that are remembered now, and those that were too many. */
  get counts(): { connections: number; untracked: number; packets: number; sessions: number } {
    return {
      connections: this.#table.size,
      untracked: this.#untracked,
      packets: this.#decoder.packets,
      sessions: this.#sessions,
    }
  }

  /** Why reading stopped before the end of the file. */
  get problem(): CaptureProblem | undefined {
    return this.#found ?? this.#reader.problem
  }

  #packet(packet: CapturedPacket): void {
    const segment = this.#decoder.decode(packet)
    if (segment === undefined) return
    // The clock of the engine never goes back, the times of packets may.
    if (segment.time > this.#now) this.#now = segment.time
    else segment.time = this.#now
    if (this.#now >= this.#nextTick) this.#tick()
    for (const judge of this.#judges) judge.advance(this.#now)
    let connection = this.#table.find(segment)
    if (connection?.isReplacedBy(segment) === true) {
      this.#over(connection, 'end')
      connection = undefined
    }
    connection ??= this.#begin(segment, packet.comment)
    if (connection === undefined) return
    const { side } = this.#table
    const flow = connection.owner
    connection.account(segment, side)
    if (flow.kind === 'other') {
      if (flow.tickets.length > 0) this.#dataPacket(connection)
      return
    }
    flow.dialogue?.push(segment, side)
    if (flow.kind === 'undecided') this.#decide(connection)
    if (connection.owner.kind === 'other') {
      if (flow.tickets.length > 0) this.#dataPacket(connection)
    } else if (flow.dialogue?.isOver === true && !flow.isOver) this.#controlOver(connection, false)
  }

  #begin(segment: TcpSegment, comment: string | undefined): Connection<Flow> | undefined {
    if (this.#table.size >= CONNECTIONS_MAX) {
      this.#untracked += 1
      return undefined
    }
    const flow = new Flow()
    const connection = new Connection(segment, flow)
    this.#table.add(connection, segment)
    flow.tickets = this.#ticketsFor(connection, segment.time)
    if (flow.tickets.some(({ isAnnounced }) => isAnnounced)) flow.other()
    else flow.dialogue = new TcpDialogue(flow)
    const [from, to] = [connection.end(0), connection.end(1)]
    const isOpening = (segment.flags & TCP_FLAGS.syn) !== 0 && flow.kind === 'undecided'
    if (isOpening && from !== undefined && to !== undefined)
      this.#legs.begin(from, to, flow, comment)
    return connection
  }

  /** For each rule file what this connection would have come to, if it may carry data. */
  #ticketsFor(connection: Connection<Flow>, at: number): readonly DataLeg[] {
    const from = connection.end(0)
    const to = connection.end(1)
    if (from === undefined || to === undefined) return []
    const dialed = this.#judges.flatMap((judge) => judge.takeDialed(to) ?? [])
    if (dialed.length > 0) return dialed.map((ticket) => ticket.secondLeg(from))
    const known = this.#flowBetween(from, to)
    const isAnnounced = this.#judges.some(
      ({ openings }) => openings.find(from, to) !== undefined || openings.past(to) !== undefined,
    )
    const mayCarryData = to.port >= 1024 && (from.port >= 1024 || from.port === 20)
    if (!isAnnounced && (known === undefined || !mayCarryData)) return []
    return this.#judges.map(
      (judge, index) => new DataTicket(judge, from, to, at, whyNot(known?.sessions[index])),
    )
  }

  #flowBetween(a: Endpoint, b: Endpoint): Flow | undefined {
    const flows =
      this.#byHosts.get(`${a.address} > ${b.address}`) ??
      this.#byHosts.get(`${a.address} ${b.address}`) ??
      this.#byHosts.get(`${b.address} ${a.address}`)
    // The latest: a client that opens another control connection mostly wants to use it.
    return flows === undefined ? undefined : [...flows].at(-1)
  }

  #dataPacket(connection: Connection<Flow>): void {
    const flow = connection.owner
    if (connection.isEstablished) for (const ticket of flow.tickets) ticket.established(this.#now)
    if (connection.isEnded) this.#dataOver(connection, connection.isReset ? 'reset' : 'end')
  }

  #dataOver(connection: Connection<Flow>, cause: DataEnd): void {
    const flow = connection.owner
    const bytes = [connection.bytesFrom(0), connection.bytesFrom(1)] as const
    for (const ticket of flow.tickets) ticket.over(this.#now, bytes, cause)
    flow.tickets = []
    flow.isOver = true
  }

  #decide(connection: Connection<Flow>): void {
    const flow = connection.owner
    if (!connection.isEstablished) return
    if (this.#legs.has(flow)) {
      const isFinal = flow.isTooLong || connection.isEnded
      const match = this.#legs.match(flow)
      if (match.type === 'pair') return this.#pair(match)
      if (match.type === 'wait' && !isFinal) return
      this.#legs.giveUp(flow)
    }
    const ports = [connection.ends[0].port, connection.ends[1].port] as const
    const { isFromStart } = connection
    const guessed = guess({ first: flow.first, ports, isFromStart }, this.#forced)
    const isReadable = guessed.type === 'control' && (isFromStart || !guessed.isTls)
    if (guessed.type === 'control' && isReadable)
      this.#control(connection, guessed.server, guessed.isTls)
    else if (guessed.type !== 'unknown' || flow.isTooLong || connection.isEnded) flow.other()
  }

  #control(connection: Connection<Flow>, serverSide: DialogueSide, isTls: boolean): void {
    const flow = connection.owner
    const client = connection.end(serverSide === 1 ? 0 : 1)
    const server = connection.end(serverSide)
    if (client === undefined || server === undefined) return flow.other()
    this.#sessions += 1
    const options = {
      id: sessionId(`r${this.#sessions}`),
      client,
      server,
      tls: isTls ? 'implicit' : 'explicit',
      ordinal: this.#sessions,
      listener: this.#listener,
    } as const
    const sessions = this.#judges.map((judge) => new ReplayedSession(judge, options))
    flow.tickets = []
    this.#controls.add(flow)
    this.#connects(flow, `${client.address} ${server.address}`)
    for (const session of sessions) session.open(connection.isFromStart, flow.since ?? this.#now)
    flow.control(serverSide, sessions)
  }

  /** Two connections are one session: what the peers said is of one each, as are the proxy's ends. */
  #pair({ client, server }: Extract<Match<Flow>, { type: 'pair' }>): void {
    this.#sessions += 1
    this.#proxied += 1
    const isTls = client.owner.first[0][0] === TLS_HANDSHAKE
    const options = {
      id: sessionId(`r${this.#sessions}`),
      client: client.from,
      server: server.to,
      tls: isTls ? 'implicit' : 'explicit',
      ordinal: this.#sessions,
      listener: this.#listener,
      legs: { client: client.to, server: server.from },
    } as const
    const sessions = this.#judges.map((judge) => new ReplayedSession(judge, options))
    const since = Math.min(client.owner.since ?? this.#now, server.owner.since ?? this.#now)
    for (const leg of [client, server]) {
      leg.owner.tickets = []
      this.#controls.add(leg.owner)
      // Data connections come to the proxy from whoever is at the other end.
      const [peer, own] = leg.side === 'client' ? [leg.from, leg.to] : [leg.to, leg.from]
      this.#connects(leg.owner, `${peer.address} > ${own.address}`)
    }
    for (const [index, session] of sessions.entries()) {
      session.open(true, since)
      this.#judges[index]?.record(legsRecord(session, client, server), since, session.id)
    }
    client.owner.pair(server.owner, sessions)
  }

  #connects(flow: Flow, hosts: string): void {
    flow.hosts = hosts
    this.#byHosts.set(hosts, (this.#byHosts.get(hosts) ?? new Set()).add(flow))
  }

  #controlOver(connection: Connection<Flow>, isCut: boolean): void {
    const flow = connection.owner
    flow.isOver = true
    this.#controls.delete(flow)
    if (flow.partner?.isOver === false) return
    for (const [index, session] of flow.sessions.entries()) {
      session.finish(this.#now, isCut)
      this.#judges[index]?.over(session.id)
    }
    for (const one of [flow, flow.partner]) {
      if (one === undefined) continue
      const flows = this.#byHosts.get(one.hosts)
      flows?.delete(one)
      if (flows?.size === 0) this.#byHosts.delete(one.hosts)
    }
  }

  /** Nothing more will come of a connection. */
  #over(connection: Connection<Flow>, cause: DataEnd): void {
    const flow = connection.owner
    this.#table.remove(connection)
    if (flow.isOver) return
    flow.dialogue?.finish(this.#now)
    if (flow.kind === 'undecided') {
      this.#legs.giveUp(flow)
      this.#decide(connection)
    }
    if (flow.kind === 'control') this.#controlOver(connection, cause === 'cut')
    else this.#dataOver(connection, cause)
  }

  #tick(): void {
    this.#nextTick = this.#now + TICK
    for (const { dialogue } of this.#controls) dialogue?.tick(this.#now)
    if (this.#now < this.#nextSweep) return
    this.#nextSweep = this.#now + SWEEP
    for (const connection of this.#table)
      if (this.#now - connection.lastSeen > idleTime(connection)) this.#over(connection, 'idle')
  }
}

function legsRecord(
  { id, client, server }: ReplayedSession,
  clientLeg: Leg<Flow>,
  serverLeg: Leg<Flow>,
): ReplayRecord {
  return {
    type: 'capture.legs',
    session: id,
    client: formatEndpoint(client),
    server: formatEndpoint(server),
    local: formatEndpoint(clientLeg.to),
    from: formatEndpoint(serverLeg.from),
    by: clientLeg.isNamed ? 'file' : 'relayed',
  }
}

function idleTime({ owner }: Connection<Flow>): number {
  if (owner.isOver) return IDLE.ended
  if (owner.kind === 'control') return IDLE.control
  return owner.tickets.length > 0 ? IDLE.data : IDLE.other
}

/** Why a data connection is not covered that nobody announced. */
function whyNot(session: ReplayedSession | undefined): Past {
  if (session === undefined) return { session: undefined, reason: 'not-announced' }
  const { id, endReason, isOpaque } = session
  if (endReason === 'gap')
    return { session: id, reason: 'capture.gap', detail: 'the session was lost in a gap' }
  if (endReason === 'capture.diverged')
    return { session: id, reason: endReason, detail: 'the rules refused what led there' }
  if (endReason !== undefined)
    return { session: id, reason: endReason, detail: 'the session is over under these rules' }
  return isOpaque
    ? { session: id, reason: 'opaque', detail: 'no static range covers it' }
    : { session: id, reason: 'not-announced' }
}
