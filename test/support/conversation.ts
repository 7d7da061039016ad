/**
 * Plays one session against the engine without a socket. The world answers at once and well (the
 * server accepts, pinholes open, data connections can be dialled) unless a test says otherwise.
 * The hosts are those of the threat catalogue: client C, proxy P with an outside and an inside
 * address, server S, an innocent third party V and an attacker X.
 */
import { Gateway } from '../../src/engine/gateway/gateway.ts'
import {
  type DataConnectionId,
  dataConnectionId,
  type SessionId,
  sessionId,
} from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import type { ScopedRange } from '../../src/engine/nat/scoped-range.ts'
import type { Effect } from '../../src/engine/session/effect.ts'
import type { Event, Side } from '../../src/engine/session/event.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { type Instant, instant } from '../../src/net/instant.ts'
import { type Ip, ip } from '../../src/net/ip.ts'
import { formatPortRange, port, rangeHas } from '../../src/net/port.ts'
import { at, type ConversationOptions, evaluatorOf, HOSTS, endsOf } from './conversation-options.ts'
import { KernelDoors } from './kernel-doors.ts'

export { at, type ConversationOptions, HOSTS } from './conversation-options.ts'

export class Conversation {
  readonly session: SessionId = sessionId('s1')
  readonly gateway: Gateway
  readonly effects: Effect[] = []
  readonly records: PacketLogRecord[] = []
  readonly #options: ConversationOptions
  readonly #client: Endpoint
  readonly #serverLocal: Endpoint
  readonly #sent: { readonly side: Side; readonly text: string }[] = []
  readonly #lines: string[] = []
  readonly #open = new Map<string, { pinhole: Pinhole; listening: Endpoint }>()
  readonly #closed = new Set<string>()
  readonly #ranges = new Set<ScopedRange>()
  readonly #doors = new KernelDoors()
  #now: Instant = instant(1_000)
  #connections = 0
  #accepted = 0
  #activePorts = 42_000
  isClosed = false

  constructor(options: ConversationOptions = {}) {
    this.#options = options
    this.#client = at(options.client ?? `${HOSTS.C}:40000`)
    this.#serverLocal = at(options.serverLocal ?? `${HOSTS.P_INSIDE}:41000`)
    this.gateway = new Gateway(evaluatorOf(options), options.random ?? (() => 0))
    const addresses = [HOSTS.P_OUTSIDE, HOSTS.P_INSIDE, ...(options.localAddresses ?? [])].map(ip)
    this.handle({ type: 'localAddresses', addresses })
    const { session } = this
    this.handle({
      type: 'clientConnected',
      session,
      listener: 'front-door',
      client: this.#client,
      ...endsOf(options),
    })
  }

  get now(): Instant {
    return this.#now
  }

  handle(event: Event): void {
    this.#perform(this.gateway.handle(event, this.#now))
  }

  /** The client writes one segment. */
  client(bytes: string | Uint8Array): this {
    return this.#write('client', bytes)
  }

  /** The server writes one segment. */
  server(bytes: string | Uint8Array): this {
    return this.#write('server', bytes)
  }

  /** Greeting, USER and PASS, all answered. */
  login(): this {
    return this.server('220 x\r\n')
      .client('USER u\r\n')
      .server('331 p\r\n')
      .client('PASS p\r\n')
      .server('230 ok\r\n')
  }

  /** Time passes; deadlines that come are handled in their order. */
  advance(milliseconds: number): this {
    const until = this.#now + milliseconds
    for (let steps = 0; steps < 1000; steps++) {
      const next = this.gateway.nextDeadline(this.session)
      if (next === undefined || next > until) break
      this.#now = instant(Math.max(this.#now, next))
      this.handle({ type: 'deadlineReached', session: this.session })
    }
    this.#now = instant(until)
    return this
  }

  /** Time passes and no timer fires. */
  skipTo(milliseconds: number): this {
    this.#now = instant(milliseconds)
    return this
  }

  close(side: Side, cause: 'end' | 'reset' = 'end'): this {
    this.#lines.push(`>> ${side} ${cause === 'end' ? 'closes' : 'resets'}`)
    this.handle({ type: 'sideClosed', session: this.session, side, cause })
    return this
  }

  /** Somebody connects to `to`; answers what became of it. */
  connectData(from: string, to?: string): 'accepted' | 'dropped' | 'refused' {
    const local = to === undefined ? this.#onlyListening() : at(to)
    if (this.#options.kernel !== undefined) return this.#passKernel(at(from), local)
    if (!this.#isListening(local)) return 'refused'
    const connection = this.nextConnection()
    const before = this.effects.length
    this.handle({ type: 'dataConnection', connection, local, peer: at(from) })
    const isDropped = this.effects.slice(before).some((effect) => effect.type === 'dropData')
    if (isDropped) return 'dropped'
    this.#accepted = this.#connections
    return 'accepted'
  }

  /** The kernel lets somebody through, or not; `dropped`: it did, and was told to cut him off. */
  #passKernel(peer: Endpoint, local: Endpoint): 'accepted' | 'dropped' | 'refused' {
    const passage = this.#doors.admit(peer, local)
    if (passage === undefined) {
      this.handle({ type: 'dataDenied', local, peer })
      return 'refused'
    }
    const connection = this.nextConnection()
    const before = this.effects.length
    this.#accepted = this.#connections
    this.handle({ type: 'dataPassed', ...passage, connection, local, peer })
    const isCut = this.effects.slice(before).some((effect) => effect.type === 'closeData')
    return isCut ? 'dropped' : 'accepted'
  }

  /** Openings that are left in the kernel. */
  get doors(): number {
    return this.#doors.size
  }

  /** The id of one more connection that the data path accepted. */
  nextConnection(): DataConnectionId {
    this.#connections += 1
    return dataConnectionId(this.#connections)
  }

  /** The last accepted data connection ends; the kernel counts packets as well. */
  endData(toClientBytes: number, toServerBytes: number, packets?: readonly [number, number]): this {
    this.handle({
      type: 'dataEnded',
      session: this.session,
      connection: dataConnectionId(this.#accepted),
      toClientBytes,
      toServerBytes,
      ...(packets === undefined
        ? {}
        : { toClientPackets: packets[0], toServerPackets: packets[1] }),
      cause: 'end',
    })
    return this
  }

  /** Everything `side` was sent so far. */
  sentTo(side: Side): string {
    return this.#sent
      .filter((sent) => sent.side === side)
      .map((sent) => sent.text)
      .join('')
  }

  /** The endpoints where somebody could connect now. */
  get listening(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** The static ranges that are open, as `peer address ports`. */
  get ranges(): readonly string[] {
    return [...this.#ranges].map(
      ({ peer, listen: { address, ports } }) =>
        `${peer} ${address} ${ports === undefined ? '' : formatPortRange(ports)}`,
    )
  }

  /** What was sent since the last call, for asserting step by step. */
  takeSentTo(side: Side): string {
    const text = this.sentTo(side)
    const kept = this.#sent.filter((sent) => sent.side !== side)
    this.#sent.splice(0, this.#sent.length, ...kept)
    return text
  }

  /** Reason codes of all verdicts, in order. */
  get reasons(): readonly string[] {
    return this.records.flatMap((record) => ('reason' in record ? [record.reason] : []))
  }

  recordsOf<T extends PacketLogRecord['type']>(type: T): Extract<PacketLogRecord, { type: T }>[] {
    return this.records.filter(
      (record): record is Extract<PacketLogRecord, { type: T }> => record.type === type,
    )
  }

  effectsOf<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter(
      (effect): effect is Extract<Effect, { type: T }> => effect.type === type,
    )
  }

  /** The conversation as text: what went in and what came out. */
  toString(): string {
    return this.#lines.join('\n')
  }

  #write(side: Side, bytes: string | Uint8Array): this {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    this.#lines.push(`>> ${side} ${show(data)}`)
    this.handle({ type: 'bytes', session: this.session, side, bytes: data })
    return this
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.effects.push(effect)
      this.#note(effect)
    }
    // Answers come after all effects of the event, as from a real data path.
    for (const effect of effects) this.#answer(effect)
  }

  #note(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#sent.push({ side: effect.side, text: Buffer.from(effect.bytes).toString('latin1') })
        this.#lines.push(`<< ${effect.side} ${show(effect.bytes)}`)
        return
      case 'record':
        this.records.push(effect.record)
        return
      case 'openPinhole':
        this.#lines.push(`<< open pinhole for ${effect.pinhole.peer}`)
        return
      case 'closePinhole':
        for (const [key, open] of this.#open)
          if (open.pinhole.id === effect.pinhole.id) this.#open.delete(key)
        this.#closed.add(effect.pinhole.id)
        this.#doors.close(effect.pinhole.id)
        this.#lines.push('<< close pinhole')
        return
      case 'openRange':
        this.#ranges.add(effect.range)
        this.#doors.openRange(effect.range)
        return
      case 'closeRange':
        this.#ranges.delete(effect.range)
        this.#doors.closeRange(effect.range)
        return
      case 'close':
        this.#lines.push(`<< close ${effect.side}`)
        return
      case 'sessionEnded':
        this.isClosed = true
        return
      default:
        return
    }
  }

  #answer(effect: Effect): void {
    if (this.#options.unanswered?.some((type) => type === effect.type) === true) return
    const { session } = this
    switch (effect.type) {
      case 'connectServer':
        return this.connected(effect.session, effect.from)
      case 'openRange':
        return this.handle({
          type: 'rangeOpened',
          session: effect.range.session,
          range: effect.range.id,
          missing: this.#options.missing ?? [],
        })
      case 'openPinhole':
        // Closed within the same event, it is never opened.
        return this.#closed.has(effect.pinhole.id) ? undefined : this.opened(effect.pinhole)
      case 'dialData':
        return this.handle({
          type: 'dataDialed',
          session,
          connection: effect.connection,
          local: { address: effect.pinhole.from.address, port: port(20) },
        })
      case 'closeData':
        return this.handle({
          type: 'dataEnded',
          session,
          connection: effect.connection,
          toClientBytes: 0,
          toServerBytes: 0,
          cause: 'closed',
        })
      default:
        return
    }
  }

  /** The server leg stands. */
  connected(session: SessionId = this.session, from: Ip = this.#serverLocal.address): void {
    const { port: ephemeral } = this.#serverLocal
    this.handle({ type: 'serverConnected', session, local: { address: from, port: ephemeral } })
  }

  #isListening(local: Endpoint): boolean {
    const isInRange = [...this.#ranges].some(
      ({ listen: { address, ports } }) =>
        address === local.address && ports !== undefined && rangeHas(ports, local.port),
    )
    return isInRange || this.#open.has(formatEndpoint(local))
  }

  /** The data path listens for `pinhole`. */
  opened(pinhole: Pinhole): void {
    this.#activePorts += 1
    const listening = {
      address: pinhole.listen.address,
      port: pinhole.listen.port ?? port(this.#activePorts),
    }
    this.#open.set(formatEndpoint(listening), { pinhole, listening })
    this.#doors.open(pinhole, listening)
    this.#lines.push(`>> pinhole open at ${formatEndpoint(listening)}`)
    const { session } = this
    this.handle({ type: 'pinholeOpened', session, pinhole: pinhole.id, listening })
  }

  #onlyListening(): Endpoint {
    const [only] = this.#open.values()
    if (only === undefined) throw new Error('nothing is listening')
    return only.listening
  }
}

function show(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes).toString('latin1'))
}
