/**
 * A world that does what it likes: answers effects in any order, well or badly, and connects, ends
 * and closes whatever there is. `watch.ts` checks every effect, and at the end that nothing is left.
 */
import {
  type DataConnectionId,
  dataConnectionId,
  type PinholeId,
  type SessionId,
} from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Profile,
  type Ruleset,
} from '../../../src/engine/rules/ruleset.ts'
import type { Effect } from '../../../src/engine/session/effect.ts'
import type { Event, Side } from '../../../src/engine/session/event.ts'
import { type Endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { instant } from '../../../src/net/instant.ts'
import { at, HOSTS } from '../../support/conversation.ts'
import { KernelDoors, type Passage } from '../../support/kernel-doors.ts'
import { ports } from '../../support/rules.ts'
import { World } from '../../support/world.ts'
import { type Connection, finalReplies, type Peers, Watch } from './watch.ts'

export const CLIENTS: readonly string[] = [HOSTS.C, '198.51.100.11']

/** Who carries data connections, and how clients come in. */
export type Way = 'relay' | 'kernel' | 'redirect' | 'tproxy'

const LISTENERS: Readonly<Record<Way, Partial<Listener>>> = {
  relay: {},
  kernel: {},
  redirect: { intercept: 'redirect', server: ORIGINAL_DESTINATION },
  tproxy: { intercept: 'tproxy', server: ORIGINAL_DESTINATION, keepClientAddress: true },
}

/** A flow that the kernel carries and has not told of yet. */
interface Flow {
  readonly connection: DataConnectionId
  readonly passage: Passage
  readonly local: Endpoint
  readonly peer: Endpoint
}

/** What a data connection is answered with, before anything else happens. */
const ANSWERS: ReadonlySet<string> = new Set(['dialData', 'holdData', 'dropData'])

export class ModelWorld {
  readonly #ruleset: Ruleset
  readonly #world: World
  readonly #watch = new Watch()
  readonly #way: Way
  readonly #doors = new KernelDoors()
  readonly #passages = new Map<PinholeId, Pinhole>()
  readonly #unreported: Flow[] = []
  #flows = 0

  constructor(profile: Partial<Profile>, random: (below: number) => number, way: Way = 'relay') {
    this.#way = way
    const base = frontDoor({
      dataPath: way === 'relay' ? 'relay' : 'kernel',
      listen: at('0.0.0.0:21'),
      server: at(`${HOSTS.S}:21`),
      passivePorts: ports('50000-50001'),
    })
    const whole = { ...(base.profiles.get('default') as Profile), ...profile }
    const listeners = base.listeners.map((one) => ({ ...one, ...LISTENERS[way] }))
    this.#ruleset = { ...base, listeners, profiles: new Map([['default', whole]]) }
    this.#world = new World(this.#ruleset, { isSilent: true, random })
    const original = LISTENERS[way].intercept === undefined ? undefined : `${HOSTS.S}:21`
    const local = way === 'tproxy' ? original : undefined
    for (const client of CLIENTS) {
      const session = this.#world.connect(`${client}:40000`, local, undefined, original)
      const closed = new Set<Side>()
      this.#watch.peers.push({ session, client, lines: 0, unanswered: [], toClient: '', closed })
    }
    this.#watch.observe(this.#world.effects)
  }

  get breaches(): readonly string[] {
    return this.#watch.breaches
  }

  /** Both legs stand and the client is logged in. */
  logIn(which: number): void {
    const { session } = this.#peer(which)
    const index = this.#watch.answerable.findIndex(
      (effect) => effect.type === 'connectServer' && effect.session === session,
    )
    if (index === -1) return
    this.answer(index, true)
    this.server(which, '220 x\r\n')
    this.client(which, 'USER u\r\n')
    this.server(which, '230 in\r\n')
    this.#peer(which).unanswered.length = 0
  }

  client(which: number, bytes: string): void {
    const peer = this.#peer(which)
    if (peer.closed.has('client')) return
    peer.lines += bytes.split('\n').length - 1
    this.#write(peer, 'client', bytes)
  }

  server(which: number, bytes: string): void {
    this.#write(this.#peer(which), 'server', bytes)
  }

  /** The server answers its oldest command as servers do. */
  serverAnswers(which: number): void {
    const peer = this.#peer(which)
    const command = peer.unanswered.shift()
    if (command === undefined) return
    const verb = command.slice(0, 4)
    if (/^(?:RETR|STOR|LIST)/.test(command)) peer.unanswered.unshift(`*${command}`)
    this.#write(peer, 'server', `${REPLIES[command.startsWith('*') ? '*' : verb] ?? '200 ok'}\r\n`)
  }

  /** Something that the engine asked for succeeds or fails. */
  answer(index: number, isGood: boolean, cause = 'EADDRINUSE'): void {
    const [effect] = this.#watch.answerable.splice(
      index % Math.max(1, this.#watch.answerable.length),
      1,
    )
    switch (effect?.type) {
      case 'connectServer': {
        const { session, from } = effect
        const local = at(`${from ?? HOSTS.P_INSIDE}:${this.#world.ephemeralPort()}`)
        const good = { type: 'serverConnected', session, local } as const
        return this.#handle(isGood ? good : { type: 'serverFailed', session, cause })
      }
      case 'openPinhole':
        return this.#answerPinhole(effect.pinhole, isGood, cause)
      case 'dialData':
        return this.#answerDial(effect.connection, effect.pinhole.session, isGood, cause)
      default:
    }
  }

  #answerPinhole(pinhole: Pinhole, isGood: boolean, cause: string): void {
    const { id, session, listen } = pinhole
    // A pinhole that was closed before it was open may be reported all the same, either way.
    if (isGood) {
      const listening = {
        address: listen.address,
        port: listen.port ?? this.#world.ephemeralPort(),
      }
      if (this.#watch.asked.has(id)) {
        this.#watch.listening.set(id, { pinhole, endpoint: listening })
        this.#doors.open(pinhole, listening)
      }
      this.#handle({ type: 'pinholeOpened', session, pinhole: id, listening })
    } else {
      this.#watch.asked.delete(id)
      this.#handle({ type: 'pinholeFailed', session, pinhole: id, cause })
    }
  }

  #answerDial(id: DataConnectionId, session: SessionId, isGood: boolean, cause: string): void {
    const connection = this.#watch.connections.get(id)
    if (connection === undefined) return
    if (isGood) {
      connection.isDialed = true
      this.#handle({ type: 'dataDialed', session, connection: id, local: at('10.0.0.1:1') })
    } else {
      this.#watch.connections.delete(id)
      this.#handle({ type: 'dataDialFailed', session, connection: id, cause })
    }
  }

  /** The one who is expected at a pinhole comes to it. */
  visit(index: number): void {
    const doors = [...this.#watch.listening.values()]
    const door = doors[index % Math.max(1, doors.length)]
    if (door !== undefined) this.connectData(door.pinhole.peer, index)
  }

  /** Somebody connects to one of the pinholes, or where none is. */
  connectData(peerAddress: string, index: number): void {
    const doors = [...this.#watch.listening.values()]
    const local = doors[index % Math.max(1, doors.length)]?.endpoint ?? at('203.0.113.1:50001')
    if (this.#way !== 'relay') return this.#passKernel(at(`${peerAddress}:20`), local, index)
    const before = this.#world.effects.length
    this.#world.connectData(`${peerAddress}:20`, formatEndpoint(local))
    const effects = this.#world.effects.slice(before)
    const answers = effects.filter(({ type }) => ANSWERS.has(type))
    if (answers.length !== 1) this.#watch.breach(`a data connection got ${answers.length} answers`)
    this.#observe(effects)
  }

  /** The kernel decides at once; what it tells comes at once or later. */
  #passKernel(peer: Endpoint, local: Endpoint, index: number): void {
    const passage = this.#doors.admit(peer, local)
    if (passage === undefined) return this.#handle({ type: 'dataDenied', local, peer })
    this.#flows += 1
    this.#unreported.push({ connection: dataConnectionId(this.#flows), passage, local, peer })
    if (index % 2 === 0) this.#report()
  }

  #report(): void {
    for (const { connection, passage, local, peer } of this.#unreported.splice(0)) {
      const pinhole = this.#passages.get(passage.pinhole)
      if (pinhole !== undefined) this.#watch.passed(connection, pinhole)
      this.#handle({ type: 'dataPassed', ...passage, connection, local, peer })
    }
  }

  endData(index: number): void {
    const dialed = [...this.#watch.connections].filter(([, connection]) => connection.isDialed)
    const [id, connection] = dialed[index % Math.max(1, dialed.length)] ?? []
    if (id !== undefined && connection !== undefined) this.#endData(id, connection)
  }

  #endData(connection: DataConnectionId, { session }: Connection): void {
    this.#watch.connections.delete(connection)
    this.#handle({
      type: 'dataEnded',
      session,
      connection,
      toClientBytes: 1,
      toServerBytes: 2,
      ...(this.#way === 'relay' ? {} : { toClientPackets: 1, toServerPackets: 1 }),
      cause: 'end',
    })
  }

  /** Time passes. Timers may be late: all that has come is found at once. */
  wait(milliseconds: number): void {
    this.#world.now = instant(this.#world.now + milliseconds)
    for (const { session } of this.#watch.peers) {
      const next = this.#world.gateway.nextDeadline(session)
      if (next !== undefined && next <= this.#world.now)
        this.#handle({ type: 'deadlineReached', session })
    }
  }

  close(which: number, side: Side, cause: 'end' | 'reset' | 'stalled'): void {
    const { session } = this.#peer(which)
    this.#handle({ type: 'sideClosed', session, side, cause })
  }

  /** A new rule file that permits nothing: what runs goes on as it began. */
  reload(): void {
    const evaluator = createEvaluator({ ...this.#ruleset, rules: [] })
    this.#handle({ type: 'rulesReplaced', evaluator })
  }

  drain(milliseconds: number): void {
    this.#handle({ type: 'drain', until: instant(this.#world.now + milliseconds) })
  }

  /**
   * Everybody does what is expected of him until nothing is left to do. Then each client has one
   * final reply for each line: nothing is stuck, lost or said twice.
   */
  settle(): void {
    for (let count = 0; count < 10_000; count++) {
      // What waits for a data connection that nobody makes waits for a second.
      if (!this.#isAnythingExpected()) this.wait(1_000)
      if (!this.#isAnythingExpected()) break
      if (this.#watch.answerable.length > 0) this.answer(0, true)
      else for (const which of this.#watch.peers.keys()) this.serverAnswers(which)
    }
    for (const peer of this.#watch.peers) {
      if (peer.closed.size > 0) continue
      const replies = finalReplies(peer.toClient)
      if (replies !== peer.lines + 1)
        this.#watch.breach(`${replies} replies to ${peer.lines} lines`)
    }
  }

  #isAnythingExpected(): boolean {
    return (
      this.#watch.answerable.length > 0 ||
      this.#watch.peers.some((peer) => peer.unanswered.length > 0)
    )
  }

  /** Everybody goes, and everything that is outstanding is answered. */
  finish(): void {
    for (const which of this.#watch.peers.keys()) this.close(which, 'client', 'reset')
    this.#report()
    for (let count = 0; count < 1_000 && this.#watch.answerable.length > 0; count++)
      this.answer(0, true)
    for (const [id, connection] of this.#watch.connections) {
      const { isStarted, isClosing } = connection
      if (!isStarted && !isClosing) this.#watch.breach(`nobody ends data connection ${id}`)
      this.#endData(id, connection)
    }
    this.wait(3_600_000)
    if (this.#doors.size > 0) this.#watch.breach('an opening is left in the kernel')
    this.#watch.checkEnd(this.#world)
  }

  #peer(which: number): Peers {
    const peer = this.#watch.peers[which]
    if (peer === undefined) throw new RangeError(`no session ${which}`)
    return peer
  }

  #write(peer: Peers, side: Side, text: string): void {
    // The server's word never overtakes what the kernel saw.
    if (side === 'server') this.#report()
    const bytes = Buffer.from(text, 'latin1')
    this.#handle({ type: 'bytes', session: peer.session, side, bytes })
  }

  #handle(event: Event): void {
    const before = this.#world.effects.length
    this.#world.handle(event)
    this.#observe(this.#world.effects.slice(before))
  }

  #observe(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'openPinhole') this.#passages.set(effect.pinhole.id, effect.pinhole)
      if (effect.type === 'closePinhole') this.#doors.close(effect.pinhole.id)
    }
    this.#watch.observe(effects)
  }
}

const REPLIES: Readonly<Record<string, string>> = {
  PORT: '200 ok',
  EPRT: '200 ok',
  PASV: '227 Entering Passive Mode (10,0,0,20,156,64)',
  EPSV: '229 ok (|||40000|)',
  USER: '331 p',
  PASS: '230 in',
  QUIT: '221 bye',
  ABOR: '226 closed',
  REIN: '220 ready',
  RETR: '150 go',
  STOR: '150 go',
  LIST: '150 go',
  '*': '226 done',
}
