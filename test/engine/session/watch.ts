/** Sees every effect of a random world, and says what must not have been. */
import type { DataConnectionId, PinholeId, SessionId } from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import type { Effect } from '../../../src/engine/session/effect.ts'
import type { Side } from '../../../src/engine/session/event.ts'
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import { type Endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { HOSTS } from '../../support/conversation.ts'
import type { World } from '../../support/world.ts'

export type Answerable = Extract<Effect, { type: 'connectServer' | 'openPinhole' | 'dialData' }>

export interface Connection {
  readonly session: SessionId
  isDialed: boolean
  isStarted: boolean
  isClosing: boolean
}

/** Where a pinhole listens. */
export interface Door {
  readonly pinhole: Pinhole
  readonly endpoint: Endpoint
}

/** One session as its two peers see it. */
export interface Peers {
  readonly session: SessionId
  readonly client: string
  /** Lines that the client has finished. */
  lines: number
  /** Commands that the server has not answered; a transfer after its 150 starts with `*`. */
  readonly unanswered: string[]
  toClient: string
  readonly closed: Set<Side>
}

export class Watch {
  readonly breaches: string[] = []
  readonly peers: Peers[] = []
  /** Effects that the world has not answered. */
  readonly answerable: Answerable[] = []
  /** Pinholes that are open or are to be. */
  readonly asked: Map<PinholeId, Pinhole> = new Map()
  readonly listening: Map<PinholeId, Door> = new Map()
  /** Data connections whose end has not been reported. */
  readonly connections: Map<DataConnectionId, Connection> = new Map()
  /** Data connections that were kept for later. */
  readonly #held: Set<DataConnectionId> = new Set()
  readonly #ended: SessionId[] = []

  observe(effects: readonly Effect[]): void {
    for (const effect of effects) this.#check(effect)
  }

  #check(effect: Effect): void {
    switch (effect.type) {
      case 'connectServer':
        this.answerable.push(effect)
        return
      case 'send':
        return this.#checkSend(effect.session, effect.side, Buffer.from(effect.bytes).toString())
      case 'close':
        this.peers.find(({ session }) => session === effect.session)?.closed.add(effect.side)
        return
      case 'openPinhole':
        return this.#checkOpen(effect)
      case 'closePinhole':
        if (!this.asked.delete(effect.pinhole.id)) this.breach('closed what was not asked for')
        this.listening.delete(effect.pinhole.id)
        return
      case 'holdData':
        this.#held.add(effect.connection)
        return
      case 'dropData':
        this.#held.delete(effect.connection)
        return
      case 'dialData':
        this.#held.delete(effect.connection)
        return this.#checkDial(effect)
      case 'startData':
      case 'closeData':
        return this.#checkConnection(effect)
      case 'sessionEnded':
        this.#ended.push(effect.session)
        for (const [id, { session, isClosing }] of this.connections)
          if (session === effect.session && !isClosing) this.breach(`${id} outlives its session`)
        return
      default:
    }
  }

  #checkSend(session: SessionId, side: Side, text: string): void {
    const peer = this.peers.find((one) => one.session === session)
    if (peer === undefined) return
    if (peer.closed.has(side)) this.breach(`said to a closed ${side}: ${text}`)
    if (side === 'server') {
      peer.unanswered.push(...text.split('\r\n').filter((line) => line !== ''))
      return
    }
    peer.toClient += text
    const told = /^227 .*,(\d+),(\d+)\)|^229 .*\|\|\|(\d+)\|/.exec(text)
    if (told === null) return
    const number = told[3] === undefined ? Number(told[1]) * 256 + Number(told[2]) : Number(told[3])
    const isOpen = [...this.listening.values()].some(
      ({ pinhole, endpoint }) => pinhole.session === session && endpoint.port === number,
    )
    if (!isOpen) this.breach(`told of a port that is not open: ${text}`)
  }

  #checkOpen(effect: Extract<Effect, { type: 'openPinhole' }>): void {
    const { pinhole } = effect
    const mine = [...this.asked.values()].filter(({ session }) => session === pinhole.session)
    if (mine.length > 0) this.breach('two pinholes of one session')
    this.asked.set(pinhole.id, pinhole)
    this.answerable.push(effect)
  }

  #checkDial(effect: Extract<Effect, { type: 'dialData' }>): void {
    this.#checkWay(effect.pinhole)
    const { session } = effect.pinhole
    const fresh = { session, isDialed: false, isStarted: false, isClosing: false }
    this.connections.set(effect.connection, fresh)
    this.answerable.push(effect)
  }

  /** The kernel let somebody through, and is about to say so. */
  passed(connection: DataConnectionId, pinhole: Pinhole): void {
    this.#checkWay(pinhole)
    const { session } = pinhole
    const fresh = { session, isDialed: true, isStarted: false, isClosing: false }
    this.connections.set(connection, fresh)
  }

  /** Data connections are between the client and the server of the session alone. */
  #checkWay(pinhole: Pinhole): void {
    const client = this.peers.find(({ session }) => session === pinhole.session)?.client
    const expected = pinhole.mode === 'passive' ? HOSTS.S : client
    if (pinhole.dial.address !== expected) this.breach(`dialled ${formatEndpoint(pinhole.dial)}`)
    const peer = pinhole.mode === 'passive' ? client : HOSTS.S
    if (pinhole.peer !== peer) this.breach(`let ${pinhole.peer} in`)
  }

  #checkConnection(effect: Extract<Effect, { type: 'startData' | 'closeData' }>): void {
    const connection = this.connections.get(effect.connection)
    if (connection === undefined) return this.breach(`${effect.type} of a connection that is over`)
    if (connection.isClosing) this.breach(`${effect.type} of a connection that is being closed`)
    if (effect.type === 'closeData') {
      connection.isClosing = true
      return
    }
    if (connection.isStarted || !connection.isDialed) this.breach('started twice, or too early')
    connection.isStarted = true
  }

  /** When everybody has gone: nothing is left, and every opening has its end. */
  checkEnd(world: World): void {
    const counts = JSON.stringify(world.gateway.counts)
    if (counts !== '{"sessions":0,"clients":0,"pinholes":0,"leases":0}') this.breach(counts)
    if (this.asked.size > 0) this.breach('a pinhole was never closed')
    if (this.#held.size > 0) this.breach('a data connection was kept and forgotten')
    for (const [type, other] of [
      ['pinhole.open', 'pinhole.close'],
      ['data.open', 'data.close'],
    ] as const) {
      const opened = world.recordsOf(type).map(({ pinhole }) => pinhole)
      const closed = world.recordsOf(other).map(({ pinhole }) => pinhole)
      if (new Set(opened).size !== opened.length) this.breach(`${type} twice`)
      if (opened.toSorted().join() !== closed.toSorted().join())
        this.breach(`${type} ${opened.join()} but ${other} ${closed.join()}`)
    }
    for (const peer of this.peers) this.#checkSession(peer, world.records)
  }

  #checkSession({ session, toClient, lines }: Peers, all: readonly PacketLogRecord[]): void {
    const records = all.filter((one) => 'session' in one && one.session === session)
    const ends = records.filter(({ type }) => type === 'session.close')
    if (ends.length !== 1) this.breach(`${ends.length} records of the end of ${session}`)
    const ofSession = records.filter(({ type }) => type !== 'data.refused')
    if (ofSession.at(-1)?.type !== 'session.close') this.breach('records after the end')
    if (this.#ended.filter((one) => one === session).length !== 1) this.breach('ended not once')
    const replies = finalReplies(toClient)
    // One for each line, the greeting, and one 421.
    if (replies > lines + 2) this.breach(`${replies} replies to ${lines} lines`)
  }

  breach(text: string): void {
    this.breaches.push(text)
  }
}

export function finalReplies(toClient: string): number {
  return toClient.split('\r\n').filter((line) => /^[2-6]\d\d /.test(line)).length
}
