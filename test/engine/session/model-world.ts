/**
 * A world that does what it likes: answers effects in any order, well or badly, and connects, ends
 * and closes whatever there is. After every effect it checks what must always hold, and at the end
 * that nothing is left.
 */
import type { DataConnectionId, PinholeId, SessionId } from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import type { Effect } from '../../../src/engine/session/effect.ts'
import type { Event, Side } from '../../../src/engine/session/event.ts'
import { type Endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { instant } from '../../../src/net/instant.ts'
import { at, HOSTS } from '../../support/conversation.ts'
import { ports } from '../../support/rules.ts'
import { World } from '../../support/world.ts'

export const CLIENTS: readonly string[] = [HOSTS.C, '198.51.100.11']

type Answerable = Extract<Effect, { type: 'connectServer' | 'openPinhole' | 'dialData' }>

interface Connection {
  readonly session: SessionId
  isDialed: boolean
  isStarted: boolean
  isClosing: boolean
}

/** One session as its two peers see it. */
interface Peers {
  readonly session: SessionId
  readonly client: string
  /** Lines that the client has finished. */
  lines: number
  /** Commands that the server has not answered; a transfer after its 150 starts with `*`. */
  readonly unanswered: string[]
  toServer: string
  toClient: string
  readonly closed: Set<Side>
}

export class ModelWorld {
  readonly breaches: string[] = []
  readonly #world: World
  readonly #peers: readonly Peers[]
  readonly #answerable: Answerable[] = []
  readonly #asked = new Map<PinholeId, Pinhole>()
  readonly #listening = new Map<PinholeId, { pinhole: Pinhole; endpoint: Endpoint }>()
  readonly #connections = new Map<DataConnectionId, Connection>()
  readonly #ended: SessionId[] = []

  constructor(profile: Partial<Profile>, random: (below: number) => number) {
    const base = frontDoor({
      listen: at('0.0.0.0:21'),
      server: at(`${HOSTS.S}:21`),
      passivePorts: ports('50000-50001'),
    })
    const whole = { ...(base.profiles.get('default') as Profile), ...profile }
    this.#world = new World(
      { ...base, profiles: new Map([['default', whole]]) },
      { isSilent: true, random },
    )
    this.#peers = CLIENTS.map((client) => {
      const session = this.#world.connect(`${client}:40000`)
      const closed = new Set<Side>()
      return { session, client, lines: 0, unanswered: [], toServer: '', toClient: '', closed }
    })
    this.#observe(this.#world.effects)
  }

  /** Both legs stand and the client is logged in. */
  logIn(which: number): void {
    const { session } = this.#peer(which)
    const index = this.#answerable.findIndex(
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
    const [effect] = this.#answerable.splice(index % Math.max(1, this.#answerable.length), 1)
    switch (effect?.type) {
      case 'connectServer': {
        const { session } = effect
        const local = at(`${HOSTS.P_INSIDE}:${this.#world.ephemeralPort()}`)
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
      if (this.#asked.has(id)) this.#listening.set(id, { pinhole, endpoint: listening })
      this.#handle({ type: 'pinholeOpened', session, pinhole: id, listening })
    } else {
      this.#asked.delete(id)
      this.#handle({ type: 'pinholeFailed', session, pinhole: id, cause })
    }
  }

  #answerDial(id: DataConnectionId, session: SessionId, isGood: boolean, cause: string): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    if (isGood) {
      connection.isDialed = true
      this.#handle({ type: 'dataDialed', session, connection: id, local: at('10.0.0.1:1') })
    } else {
      this.#connections.delete(id)
      this.#handle({ type: 'dataDialFailed', session, connection: id, cause })
    }
  }

  /** The one who is expected at a pinhole comes to it. */
  visit(index: number): void {
    const doors = [...this.#listening.values()]
    const door = doors[index % Math.max(1, doors.length)]
    if (door !== undefined) this.connectData(door.pinhole.peer, index)
  }

  /** Somebody connects to one of the pinholes, or where none is. */
  connectData(peerAddress: string, index: number): void {
    const doors = [...this.#listening.values()]
    const local = doors[index % Math.max(1, doors.length)]?.endpoint ?? at('203.0.113.1:50001')
    const before = this.#world.effects.length
    this.#world.connectData(`${peerAddress}:20`, formatEndpoint(local))
    const effects = this.#world.effects.slice(before)
    const answers = effects.filter(({ type }) => type === 'dialData' || type === 'dropData')
    if (answers.length !== 1) this.#breach(`a data connection got ${answers.length} answers`)
    this.#observe(effects)
  }

  endData(index: number): void {
    const dialed = [...this.#connections].filter(([, connection]) => connection.isDialed)
    const [id, connection] = dialed[index % Math.max(1, dialed.length)] ?? []
    if (id !== undefined && connection !== undefined) this.#endData(id, connection)
  }

  #endData(connection: DataConnectionId, { session }: Connection): void {
    this.#connections.delete(connection)
    this.#handle({
      type: 'dataEnded',
      session,
      connection,
      toClientBytes: 1,
      toServerBytes: 2,
      cause: 'end',
    })
  }

  /** Time passes. Timers may be late: all that has come is found at once. */
  wait(milliseconds: number): void {
    this.#world.now = instant(this.#world.now + milliseconds)
    for (const { session } of this.#peers) {
      const next = this.#world.gateway.nextDeadline(session)
      if (next !== undefined && next <= this.#world.now)
        this.#handle({ type: 'deadlineReached', session })
    }
  }

  close(which: number, side: Side, cause: 'end' | 'reset' | 'stalled'): void {
    const { session } = this.#peer(which)
    this.#handle({ type: 'sideClosed', session, side, cause })
  }

  drain(milliseconds: number): void {
    this.#handle({ type: 'drain', until: instant(this.#world.now + milliseconds) })
  }

  /** Everybody goes, and everything that is outstanding is answered. */
  finish(): void {
    for (const which of this.#peers.keys()) this.close(which, 'client', 'reset')
    for (let count = 0; count < 1_000 && this.#answerable.length > 0; count++) this.answer(0, true)
    for (const [id, connection] of this.#connections) this.#endData(id, connection)
    this.wait(3_600_000)
    this.#checkEnd()
  }

  #peer(which: number): Peers {
    const peer = this.#peers[which]
    if (peer === undefined) throw new RangeError(`no session ${which}`)
    return peer
  }

  #write(peer: Peers, side: Side, text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    this.#handle({ type: 'bytes', session: peer.session, side, bytes })
  }

  #handle(event: Event): void {
    const before = this.#world.effects.length
    this.#world.handle(event)
    this.#observe(this.#world.effects.slice(before))
  }

  #observe(effects: readonly Effect[]): void {
    for (const effect of effects) this.#check(effect)
  }

  #check(effect: Effect): void {
    switch (effect.type) {
      case 'connectServer':
        this.#answerable.push(effect)
        return
      case 'send':
        return this.#checkSend(effect.session, effect.side, Buffer.from(effect.bytes).toString())
      case 'close':
        this.#peers.find(({ session }) => session === effect.session)?.closed.add(effect.side)
        return
      case 'openPinhole':
        return this.#checkOpen(effect)
      case 'closePinhole':
        if (!this.#asked.delete(effect.pinhole.id)) this.#breach('closed what was not asked for')
        this.#listening.delete(effect.pinhole.id)
        return
      case 'dialData':
        return this.#checkDial(effect)
      case 'startData':
      case 'closeData':
        return this.#checkConnection(effect)
      case 'sessionEnded':
        this.#ended.push(effect.session)
        return
      default:
    }
  }

  #checkSend(session: SessionId, side: Side, text: string): void {
    const peer = this.#peers.find((one) => one.session === session)
    if (peer === undefined) return
    if (peer.closed.has(side)) this.#breach(`said to a closed ${side}: ${text}`)
    if (side === 'server') {
      peer.toServer += text
      peer.unanswered.push(...text.split('\r\n').filter((line) => line !== ''))
      return
    }
    peer.toClient += text
    const told = /^227 .*,(\d+),(\d+)\)|^229 .*\|\|\|(\d+)\|/.exec(text)
    if (told === null) return
    const number = told[3] === undefined ? Number(told[1]) * 256 + Number(told[2]) : Number(told[3])
    const isOpen = [...this.#listening.values()].some(
      ({ pinhole, endpoint }) => pinhole.session === session && endpoint.port === number,
    )
    if (!isOpen) this.#breach(`told of a port that is not open: ${text}`)
  }

  #checkOpen(effect: Extract<Effect, { type: 'openPinhole' }>): void {
    const { pinhole } = effect
    const mine = [...this.#asked.values()].filter(({ session }) => session === pinhole.session)
    if (mine.length > 0) this.#breach('two pinholes of one session')
    this.#asked.set(pinhole.id, pinhole)
    this.#answerable.push(effect)
  }

  #checkDial(effect: Extract<Effect, { type: 'dialData' }>): void {
    const { pinhole, connection } = effect
    const client = this.#peers.find(({ session }) => session === pinhole.session)?.client
    const expected = pinhole.mode === 'passive' ? HOSTS.S : client
    if (pinhole.dial.address !== expected) this.#breach(`dialled ${formatEndpoint(pinhole.dial)}`)
    const { session } = pinhole
    const fresh = { session, isDialed: false, isStarted: false, isClosing: false }
    this.#connections.set(connection, fresh)
    this.#answerable.push(effect)
  }

  #checkConnection(effect: Extract<Effect, { type: 'startData' | 'closeData' }>): void {
    const connection = this.#connections.get(effect.connection)
    if (connection === undefined) return this.#breach(`${effect.type} of a connection that is over`)
    if (connection.isClosing) this.#breach(`${effect.type} of a connection that is being closed`)
    if (effect.type === 'closeData') {
      connection.isClosing = true
      return
    }
    if (connection.isStarted || !connection.isDialed) this.#breach('started twice, or too early')
    connection.isStarted = true
  }

  #checkEnd(): void {
    const counts = JSON.stringify(this.#world.gateway.counts)
    if (counts !== '{"sessions":0,"clients":0,"pinholes":0,"leases":0}') this.#breach(counts)
    if (this.#asked.size > 0) this.#breach('a pinhole was never closed')
    for (const [type, other] of [
      ['pinhole.open', 'pinhole.close'],
      ['data.open', 'data.close'],
    ] as const) {
      const opened = this.#world.recordsOf(type).map(({ pinhole }) => pinhole)
      const closed = this.#world.recordsOf(other).map(({ pinhole }) => pinhole)
      if (new Set(opened).size !== opened.length) this.#breach(`${type} twice`)
      if (opened.toSorted().join() !== closed.toSorted().join())
        this.#breach(`${type} ${opened.join()} but ${other} ${closed.join()}`)
    }
    for (const peer of this.#peers) this.#checkSession(peer)
  }

  #checkSession({ session, toClient, lines }: Peers): void {
    const records = this.#world.records.filter((one) => 'session' in one && one.session === session)
    const ends = records.filter(({ type }) => type === 'session.close')
    if (ends.length !== 1) this.#breach(`${ends.length} records of the end of ${session}`)
    const ofSession = records.filter(({ type }) => type !== 'data.refused')
    if (ofSession.at(-1)?.type !== 'session.close') this.#breach('records after the end')
    if (this.#ended.filter((one) => one === session).length !== 1) this.#breach('ended not once')
    const replies = toClient.split('\r\n').filter((line) => /^[2-6]\d\d /.test(line)).length
    // One for each line, the greeting, and one 421.
    if (replies > lines + 2) this.#breach(`${replies} replies to ${lines} lines`)
  }

  #breach(text: string): void {
    this.breaches.push(text)
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
