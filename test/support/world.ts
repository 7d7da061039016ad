/**
 * Many sessions in one gateway, without a socket. Effects are answered at once and well, unless a
 * test answers them itself.
 */
import { Gateway } from '../../src/engine/gateway/gateway.ts'
import {
  type DataConnectionId,
  dataConnectionId,
  type SessionId,
  sessionId,
} from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import type { Effect } from '../../src/engine/session/effect.ts'
import type { Event, Side } from '../../src/engine/session/event.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { type Instant, instant } from '../../src/net/instant.ts'
import { port } from '../../src/net/port.ts'
import { at, HOSTS } from './conversation.ts'

export interface WorldOptions {
  readonly random?: (below: number) => number
  /** The world answers nothing by itself. */
  readonly isSilent?: boolean
  /** Effects are answered but not kept: for worlds in which much happens. */
  readonly isForgetful?: boolean
}

export class World {
  readonly gateway: Gateway
  readonly effects: Effect[] = []
  now: Instant = instant(1_000)
  /** Where the pinhole that was opened last can be reached. */
  listening: Endpoint | undefined
  readonly #options: WorldOptions
  readonly #sent = new Map<string, string>()
  #sessions = 0
  #connections = 0
  #ephemeral = 42_000

  constructor(ruleset: Ruleset, options: WorldOptions = {}) {
    this.gateway = new Gateway(createEvaluator(ruleset), options.random ?? (() => 0))
    this.#options = options
  }

  handle(event: Event): readonly Effect[] {
    const effects = this.gateway.handle(event, this.now)
    if (this.#options.isForgetful !== true) for (const effect of effects) this.#note(effect)
    if (this.#options.isSilent !== true) for (const effect of effects) this.#answer(effect)
    return effects
  }

  /** A client's control connection arrives; intercepted, it meant `original`. */
  connect(
    client: string,
    local = `${HOSTS.P_OUTSIDE}:21`,
    listener = 'front-door',
    original?: string,
  ): SessionId {
    this.#sessions += 1
    const session = sessionId(`s${this.#sessions}`)
    this.handle({
      type: 'clientConnected',
      session,
      listener,
      client: at(client),
      local: at(local),
      ...(original === undefined ? {} : { original: at(original) }),
    })
    return session
  }

  login(session: SessionId): void {
    this.write(session, 'server', '220 x\r\n')
    this.write(session, 'client', 'USER u\r\n')
    this.write(session, 'server', '230 in\r\n')
  }

  write(session: SessionId, side: Side, text: string): void {
    this.handle({ type: 'bytes', session, side, bytes: Buffer.from(text, 'latin1') })
  }

  /** Somebody connects to `local`; `undefined` when it is dropped. */
  connectData(peer: string, local: string): { id: DataConnectionId; pinhole: Pinhole } | undefined {
    this.#connections += 1
    const connection = dataConnectionId(this.#connections)
    const effects = this.handle({
      type: 'dataConnection',
      connection,
      local: at(local),
      peer: at(peer),
    })
    const dial = effects.find((effect) => effect.type === 'dialData')
    return dial === undefined ? undefined : { id: connection, pinhole: dial.pinhole }
  }

  endData(session: SessionId, connection: DataConnectionId, toClientBytes: number): void {
    const rest = { toClientBytes, toServerBytes: 0, cause: 'end' } as const
    this.handle({ type: 'dataEnded', session, connection, ...rest })
  }

  /** What `side` of a session was sent since the last call. */
  takeSent(session: SessionId, side: Side): string {
    const key = `${session} ${side}`
    const text = this.#sent.get(key) ?? ''
    this.#sent.delete(key)
    return text
  }

  get records(): readonly PacketLogRecord[] {
    return this.effects.flatMap((effect) => (effect.type === 'record' ? [effect.record] : []))
  }

  recordsOf<T extends PacketLogRecord['type']>(type: T): Extract<PacketLogRecord, { type: T }>[] {
    return this.records.filter(
      (record): record is Extract<PacketLogRecord, { type: T }> => record.type === type,
    )
  }

  /** A port that the operating system picks. */
  ephemeralPort(): ReturnType<typeof port> {
    this.#ephemeral = this.#ephemeral === 65_535 ? 42_001 : this.#ephemeral + 1
    return port(this.#ephemeral)
  }

  #note(effect: Effect): void {
    this.effects.push(effect)
    if (effect.type !== 'send') return
    const key = `${effect.session} ${effect.side}`
    const text = Buffer.from(effect.bytes).toString('latin1')
    this.#sent.set(key, (this.#sent.get(key) ?? '') + text)
  }

  #answer(effect: Effect): void {
    switch (effect.type) {
      case 'connectServer': {
        const local = at(`${HOSTS.P_INSIDE}:${this.ephemeralPort()}`)
        this.handle({ type: 'serverConnected', session: effect.session, local })
        return
      }
      case 'openPinhole': {
        const { id, session, listen } = effect.pinhole
        const listening = { address: listen.address, port: listen.port ?? this.ephemeralPort() }
        this.listening = listening
        this.handle({ type: 'pinholeOpened', session, pinhole: id, listening })
        return
      }
      case 'dialData': {
        const { session, dial } = effect.pinhole
        this.handle({ type: 'dataDialed', session, connection: effect.connection, local: dial })
        return
      }
      default:
    }
  }
}

/** Where the last 227 of a reply says that the client is to connect. */
export function toldEndpoint(reply: string): string {
  const match = /227 [^(]*\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)/.exec(reply)
  if (match === null) throw new Error(`no 227: ${reply}`)
  const [, a, b, c, d, high, low] = match
  return formatEndpoint(at(`${a}.${b}.${c}.${d}:${Number(high) * 256 + Number(low)}`))
}
