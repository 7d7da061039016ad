/**
 * One session of a gateway on a network that exists only here: clients, server and data path answer
 * at once, and time passes when somebody waits. What the rules permit is decided by the gateway;
 * this knows who listens where, as the network between three hosts does.
 */
import { Buffer } from 'node:buffer'
import { Gateway } from '../engine/gateway/gateway.ts'
import { type DataConnectionId, dataConnectionId, sessionId } from '../engine/id.ts'
import type { Pinhole } from '../engine/nat/pinhole.ts'
import type { ScopedRange } from '../engine/nat/scoped-range.ts'
import type { Evaluator } from '../engine/rules/ruleset.ts'
import type { Effect } from '../engine/session/effect.ts'
import type { Event, Side } from '../engine/session/event.ts'
import type { PacketLogRecord } from '../engine/session/record.ts'
import { type Endpoint, endpoint, sameEndpoint } from '../net/endpoint.ts'
import { type Instant, instant } from '../net/instant.ts'
import type { Ip } from '../net/ip.ts'
import { type PortRange, port, rangeHas } from '../net/port.ts'
import type { Cast } from './cast.ts'

const SESSION = sessionId('explained')
const START = instant(1_000)
const PINHOLE_PORT_FIRST = 42_000
const DEADLINES_MAX = 20
const DATA_PORT = 20

/** `past`: it never comes to the proxy. `nobody`: it does, and no one listens. */
export type DataFate = 'let-in' | 'dropped' | 'nobody' | 'past'

export class SimulatedNetwork {
  readonly records: PacketLogRecord[] = []
  readonly #gateway: Gateway
  readonly #cast: Cast
  readonly #isKernel: boolean
  readonly #heard = { client: [] as Uint8Array[], server: [] as Uint8Array[] }
  readonly #pinholes = new Map<string, { readonly pinhole: Pinhole; readonly at: Endpoint }>()
  readonly #ranges = new Set<ScopedRange>()
  readonly #dropped = new Set<DataConnectionId>()
  readonly #carried = new Set<DataConnectionId>()
  readonly #listening: Endpoint[] = []
  #connection: DataConnectionId | undefined
  #connections = 0
  #pinholePorts = PINHOLE_PORT_FIRST
  #now: Instant = START
  #serverSees: Ip | undefined
  #isOver = false

  constructor(evaluator: Evaluator, cast: Cast) {
    this.#cast = cast
    this.#isKernel = evaluator.ruleset.dataPath === 'kernel'
    this.#gateway = new Gateway(evaluator, () => 0)
    const { local, inside } = cast
    const isTproxy = cast.listener.intercept === 'tproxy'
    const addresses = isTproxy ? [inside] : [local.address, inside]
    this.#handle({ type: 'localAddresses', addresses })
  }

  /** The client's control connection. */
  connect(): void {
    const { listener, client, local, known } = this.#cast
    this.#handle({
      type: 'clientConnected',
      session: SESSION,
      listener: listener.name,
      client,
      local,
      ...(listener.intercept === 'none' ? {} : { original: known }),
    })
  }

  /** Whom the server takes for its client; `undefined` while nobody has connected. */
  get serverSees(): Ip | undefined {
    return this.#serverSees
  }

  get isOver(): boolean {
    return this.#isOver
  }

  write(side: Side, bytes: Uint8Array): void {
    if (!this.#isOver) this.#handle({ type: 'bytes', session: SESSION, side, bytes })
  }

  /** What has come to `side` since the last call. */
  take(side: Side): Uint8Array {
    return Buffer.concat(this.#heard[side].splice(0))
  }

  /** Nobody says anything until the session is given up. */
  waitOut(): void {
    for (let waits = 0; waits < DEADLINES_MAX && !this.#isOver; waits += 1) {
      const next = this.#gateway.nextDeadline(SESSION)
      if (next === undefined) return
      this.#now = instant(Math.max(next, this.#now))
      this.#handle({ type: 'deadlineReached', session: SESSION })
    }
  }

  /** A peer waits for a data connection. */
  listen(at: Endpoint): void {
    this.#listening.push(at)
  }

  /** A peer opens the data connection. */
  connectData(peer: Endpoint, to: Endpoint): DataFate {
    this.#connections += 1
    const connection = dataConnectionId(this.#connections)
    this.#connection = connection
    const { known, local } = this.#cast
    const isPublic = to.address === known.address && this.#cast.listener.intercept === 'none'
    const at = isPublic ? endpoint(local.address, to.port) : to
    return this.#isKernel ? this.#pass(connection, peer, at) : this.#accept(connection, peer, at)
  }

  /** Whether bytes of the last data connection may flow. */
  get isCarried(): boolean {
    return this.#connection !== undefined && this.#carried.has(this.#connection)
  }

  #accept(connection: DataConnectionId, peer: Endpoint, at: Endpoint): DataFate {
    const { local, inside } = this.#cast
    if (at.address !== local.address && at.address !== inside) return 'past'
    const isAwaited =
      [...this.#pinholes.values()].some((open) => sameEndpoint(open.at, at)) ||
      [...this.#ranges].some(({ listen }) => listen.address === at.address && has(listen.ports, at))
    if (!isAwaited) return 'nobody'
    this.#handle({ type: 'dataConnection', connection, local: at, peer })
    return this.#dropped.has(connection) ? 'dropped' : 'let-in'
  }

  /** The kernel lets through what the gateway has told it to, and asks no more questions. */
  #pass(connection: DataConnectionId, peer: Endpoint, at: Endpoint): DataFate {
    const pinhole = [...this.#pinholes.values()].find(
      (open) => sameEndpoint(open.at, at) && admits(open.pinhole, peer),
    )?.pinhole.id
    const range = [...this.#ranges].find((one) => takes(one, peer, at))?.id
    const through = pinhole ?? range
    if (through === undefined) return 'nobody'
    this.#carried.add(connection)
    const passed = { type: 'dataPassed', session: SESSION, connection, pinhole: through } as const
    this.#handle({ ...passed, local: at, peer })
    return this.#carried.has(connection) ? 'let-in' : 'dropped'
  }

  #handle(event: Event): void {
    const effects = this.#gateway.handle(event, this.#now)
    for (const effect of effects) this.#note(effect)
    // Answers come after all effects of the event, as from a real data path.
    for (const effect of effects) this.#answer(effect)
  }

  #note(effect: Effect): void {
    switch (effect.type) {
      case 'record':
        this.records.push(effect.record)
        return
      case 'send':
        this.#heard[effect.side].push(effect.bytes)
        return
      case 'closePinhole':
        this.#pinholes.delete(effect.pinhole.id)
        return
      case 'openRange':
        this.#ranges.add(effect.range)
        return
      case 'closeRange':
        this.#ranges.delete(effect.range)
        return
      case 'startData':
        this.#carried.add(effect.connection)
        return
      case 'dropData':
        this.#dropped.add(effect.connection)
        return
      case 'closeData':
        this.#carried.delete(effect.connection)
        return
      case 'sessionEnded':
        this.#isOver = true
        return
      default:
        return
    }
  }

  #answer(effect: Effect): void {
    switch (effect.type) {
      case 'connectServer': {
        this.#serverSees = effect.from ?? this.#cast.inside
        const local = endpoint(this.#serverSees, port(41_000))
        return this.#handle({ type: 'serverConnected', session: SESSION, local })
      }
      case 'openPinhole': {
        const { id, listen } = effect.pinhole
        this.#pinholePorts += 1
        const at = endpoint(listen.address, listen.port ?? port(this.#pinholePorts))
        this.#pinholes.set(id, { pinhole: effect.pinhole, at })
        const opened = { type: 'pinholeOpened', session: SESSION, pinhole: id } as const
        return this.#handle({ ...opened, listening: at })
      }
      case 'openRange': {
        const { id } = effect.range
        return this.#handle({ type: 'rangeOpened', session: SESSION, range: id, missing: [] })
      }
      case 'dialData':
        return this.#dial(effect.connection, effect.pinhole)
      case 'closeData':
        return this.#handle({
          type: 'dataEnded',
          session: SESSION,
          connection: effect.connection,
          toClientBytes: 0,
          toServerBytes: 0,
          cause: 'closed',
        })
      default:
        return
    }
  }

  #dial(connection: DataConnectionId, { dial, from }: Pinhole): void {
    if (this.#listening.some((one) => sameEndpoint(one, dial))) {
      const local = endpoint(from.address, from.port ?? port(DATA_PORT))
      this.#handle({ type: 'dataDialed', session: SESSION, connection, local })
    } else {
      const cause = 'ECONNREFUSED'
      this.#handle({ type: 'dataDialFailed', session: SESSION, connection, cause })
    }
  }
}

/** `undefined`: no port is known. */
function has(ports: PortRange | undefined, { port: wanted }: Endpoint): boolean {
  return ports !== undefined && rangeHas(ports, wanted)
}

function admits({ peer, fromPorts }: Pinhole, from: Endpoint): boolean {
  const isPort = fromPorts?.some((range) => rangeHas(range, from.port)) ?? true
  return from.address === peer && isPort
}

function takes(
  { peer, listen, dial, permitted, active }: ScopedRange,
  from: Endpoint,
  at: Endpoint,
): boolean {
  const isPassive =
    from.address === peer &&
    at.address === listen.address &&
    permitted.some((range) => rangeHas(range, at.port))
  const isActive =
    from.address === dial &&
    from.port === DATA_PORT &&
    at.address === peer &&
    (active?.ports.some((range) => rangeHas(range, at.port)) ?? false)
  return isPassive || isActive
}
