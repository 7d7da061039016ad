/** What a replay knows about one TCP connection of the capture. */
import type { DialogueEvents, DialogueSide, TcpDialogue } from '../record/capture/tcp-dialogue.ts'
import type { Side } from '../engine/session/event.ts'
import type { DataLeg } from './judge.ts'
import { FIRST_BYTES_MAX } from './heuristic.ts'
import type { ReplayedSession } from './replayed-session.ts'

/** What happened on a connection of which it is not known yet what it is. */
type Happened =
  | {
      readonly type: 'bytes'
      readonly side: DialogueSide
      readonly bytes: Uint8Array
      readonly time: number
    }
  | {
      readonly type: 'gap'
      readonly side: DialogueSide
      readonly bytes: number
      readonly time: number
    }
  | {
      readonly type: 'closed'
      readonly side: DialogueSide
      readonly cause: 'end' | 'reset'
      readonly time: number
    }

/** Beyond this a connection that might be a control connection is taken for another. */
const KEPT_BYTES_MAX: number = 16 * 1024
const KEPT_EVENTS_MAX = 128

export class Flow implements DialogueEvents {
  /** `other`: nothing of it is read; it may be a data connection. */
  kind: 'undecided' | 'control' | 'other' = 'undecided'
  dialogue: TcpDialogue | undefined
  /** One for each rule file. */
  sessions: readonly ReplayedSession[] = []
  tickets: readonly DataLeg[] = []
  isOver = false
  /** Side of the server. */
  server: DialogueSide = 1
  /** Which leg of a session it is, where both were captured, and the other one. */
  leg: Side | undefined
  partner: Flow | undefined
  /** What its hosts are known by. */
  hosts = ''
  readonly #kept: Happened[] = []
  #keptBytes = 0
  readonly #first: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]

  get first(): readonly [Uint8Array, Uint8Array] {
    return this.#first
  }

  /** When the first of what is kept happened. */
  get since(): number | undefined {
    return this.#kept[0]?.time
  }

  get isTooLong(): boolean {
    return this.#keptBytes > KEPT_BYTES_MAX || this.#kept.length > KEPT_EVENTS_MAX
  }

  bytes(side: DialogueSide, bytes: Uint8Array, time: number): void {
    if (this.kind === 'undecided') {
      if (this.#first[side].length < FIRST_BYTES_MAX)
        this.#first[side] = Buffer.concat([this.#first[side], bytes]).subarray(0, FIRST_BYTES_MAX)
      this.#keptBytes += bytes.length
      this.#kept.push({ type: 'bytes', side, bytes: bytes.slice(), time })
      return
    }
    const name = this.#name(side)
    for (const session of this.sessions)
      if (this.#isOfPeer(name)) session.bytes(name, bytes, time)
      else session.relayed(name === 'client' ? 'server' : 'client', bytes, time)
  }

  gap(side: DialogueSide, bytes: number, time: number): void {
    if (this.kind === 'undecided') this.#kept.push({ type: 'gap', side, bytes, time })
    else if (this.#isOfPeer(this.#name(side)))
      for (const session of this.sessions) session.gap(this.#name(side), bytes, time)
  }

  closed(side: DialogueSide, cause: 'end' | 'reset', time: number): void {
    if (this.kind === 'undecided') this.#kept.push({ type: 'closed', side, cause, time })
    else if (this.#isOfPeer(this.#name(side)))
      for (const session of this.sessions) session.closed(this.#name(side), cause, time)
  }

  /** It is a control connection: what was kept is told, each at its own time. */
  control(server: DialogueSide, sessions: readonly ReplayedSession[]): void {
    this.kind = 'control'
    this.server = server
    this.sessions = sessions
    for (const happened of this.#kept.splice(0)) this.#tell(happened)
  }

  /** It is the client's leg of a session, and `server` the other: what was kept is told in order. */
  pair(server: Flow, sessions: readonly ReplayedSession[]): void {
    const legs = [this, server] as const
    for (const [index, flow] of legs.entries()) {
      flow.kind = 'control'
      flow.leg = index === 0 ? 'client' : 'server'
      flow.partner = legs[index === 0 ? 1 : 0]
      flow.sessions = sessions
    }
    const kept = legs.flatMap((flow) =>
      flow.#kept.splice(0).map((happened) => ({ flow, happened })),
    )
    for (const { flow, happened } of kept.toSorted((a, b) => a.happened.time - b.happened.time))
      flow.#tell(happened)
  }

  #tell(happened: Happened): void {
    if (happened.type === 'bytes') this.bytes(happened.side, happened.bytes, happened.time)
    else if (happened.type === 'gap') this.gap(happened.side, happened.bytes, happened.time)
    else this.closed(happened.side, happened.cause, happened.time)
  }

  /** On a leg the other side is the proxy. */
  #isOfPeer(name: Side): boolean {
    return this.leg === undefined || this.leg === name
  }

  /** It is something else, and nothing of it is kept. */
  other(): void {
    this.kind = 'other'
    this.dialogue = undefined
    this.#kept.length = 0
  }

  #name(side: DialogueSide): Side {
    return side === this.server ? 'server' : 'client'
  }
}
