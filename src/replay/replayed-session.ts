/**
 * One control connection of a capture under one rule file. What the client sent goes to the engine
 * as it was; what the server sent goes as far as the engine has asked for it. Where the capture has
 * a hole the session ends, and another begins at the next command that can be told from its
 * surroundings; both are marked.
 */
import { type SessionId, sessionId } from '../engine/id.ts'
import type { ListenerTls } from '../engine/rules/ruleset.ts'
import type { CloseCause, Side } from '../engine/session/event.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import { AskedCommands } from './asked.ts'
import { chooseDoor, type Observed } from './door.ts'
import type { Judge, SessionListener } from './judge.ts'
import type { CaptureRecord, ReplayRecord } from './record.ts'
import { RelayedCommands } from './relayed-commands.ts'
import { ReplyGate } from './reply-gate.ts'

/** Client bytes that wait while the engine is behind; a capture with more is a flood. */
const PAUSED_BYTES_MAX: number = 1024 * 1024

/** What is assumed of a session whose beginning was not captured. */
const PRIMING: readonly (readonly [Side, string])[] = [
  ['server', '220 \r\n'],
  ['client', 'USER -\r\n'],
  ['server', '331 \r\n'],
  ['client', 'PASS -\r\n'],
  ['server', '230 \r\n'],
]
const PRIMED_COMMANDS = 2

const COMMAND_LINE = /^[A-Za-z]{3,4}(?: [^\r\n]*)?\r?\n/
const LF = 0x0a

/** Verbs that are named where commands were left. */
const NAMED_MAX = 20

export interface ReplayedOptions {
  readonly id: SessionId
  readonly client: Endpoint
  readonly server: Endpoint
  readonly tls: ListenerTls
  readonly ordinal: number
  /** The ends of the proxy, where both legs of the session were captured. */
  readonly legs?: Observed['legs']
  /** The listener that the user chose. */
  readonly listener: string | undefined
}

type State =
  /** The engine follows. */
  | 'running'
  /** A place to start from is being looked for. */
  | 'lost'
  /** Nothing more is judged. */
  | 'over'

export class ReplayedSession implements SessionListener {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly #judge: Judge
  readonly #options: ReplayedOptions
  #id: SessionId
  #parts = 1
  #state: State = 'lost'
  #asked: AskedCommands
  #gate: ReplyGate
  readonly #relayed = new RelayedCommands()
  #now = 0
  #isPriming = false
  readonly #primed = new Set<SessionId>()
  #isPaused = false
  #pausedBytes = 0
  #delayed: { readonly bytes: Uint8Array | undefined; readonly cause: CloseCause }[] = []
  #closing: CloseCause | undefined
  /** Sides whose bytes are TLS records, with how many the engine got of each and passed on. */
  readonly #opaque = { client: false, server: false }
  readonly #received = { client: 0, server: 0 }
  readonly #forwarded = { client: 0, server: 0 }
  #feeding: { readonly side: Side; readonly bytes: Uint8Array } | undefined
  /** What the engine says: under GSSAPI there are lines, and nothing in them can be read. */
  #isUnreadable = false
  #isServerQuiet = true
  /** A verdict has ended it, and says so: what the client went on with is no concern of the engine. */
  #isShut = false
  #end: string | undefined

  constructor(judge: Judge, options: ReplayedOptions) {
    this.#judge = judge
    this.#options = options
    this.#id = options.id
    this.client = options.client
    this.server = options.server
    this.#asked = this.#newAsked()
    this.#gate = this.#newGate(false)
  }

  get id(): SessionId {
    return this.#id
  }

  /** Why the rules ended it while the peers went on, or never let it begin. */
  get endReason(): string | undefined {
    return this.#end
  }

  get isOpaque(): boolean {
    return this.#isUnreadable && this.#end === undefined
  }

  /** The connection stands; `isFromStart`: all that was said is in the capture. */
  open(isFromStart: boolean, at: number): void {
    this.#now = at
    if (isFromStart) return this.#begin(false)
    this.#note({ type: 'capture.mid-stream', ...this.#who, cause: 'no-beginning' })
  }

  bytes(side: Side, bytes: Uint8Array, at: number): void {
    this.#now = at
    this.#judge.advanceSession(this.#id, at)
    if (this.#state === 'lost' && side === 'client') this.#resume(bytes)
    if (side === 'server') this.#isServerQuiet = bytes[bytes.length - 1] === LF
    if (this.#state !== 'running') return
    if (side === 'server') return this.#gate.push(bytes)
    if (!this.#opaque.client) this.#asked.push(bytes)
    if (this.#isPaused) this.#delay(bytes, 'end')
    else this.#feed('client', bytes)
  }

  /** The proxy of the capture sent `bytes` to a peer; only where both legs were captured. */
  relayed(to: Side, bytes: Uint8Array, at: number): void {
    this.#now = at
    this.#judge.advanceSession(this.#id, at)
    if (this.#state !== 'running') return
    if (to === 'server')
      this.#relayed.push(this.#asked, bytes, this.#forwarded.client, this.#opaque.client)
    this.#judge.relayed(this.#id, to, bytes, at)
    this.#decided()
  }

  closed(side: Side, cause: CloseCause, at: number): void {
    this.#now = at
    this.#judge.advanceSession(this.#id, at)
    if (this.#state !== 'running') return
    if (side === 'server' && this.#gate.isHolding) this.#closing = cause
    else if (side === 'client' && this.#isPaused) this.#delay(undefined, cause)
    else this.#close(side, cause)
  }

  /** Bytes of `side` are missing. */
  gap(side: Side, bytes: number, at: number): void {
    this.#now = at
    if (this.#state === 'over') return
    this.#note({ type: 'capture.gap', ...this.#who, side, bytes })
    this.#isServerQuiet = side === 'client' && this.#isServerQuiet
    if (this.#state === 'lost') return
    // Which records were cut cannot be known; the session is left open, and read no more.
    if (this.#opaque.client || this.#opaque.server) {
      this.#state = 'over'
      return
    }
    this.#state = 'lost'
    this.#close('client', 'error')
    this.#end = 'gap'
  }

  /** The connection is over, or (`isCut`) the capture is, and nobody knows how it went on. */
  finish(at: number, isCut: boolean): void {
    this.#now = at
    if (!isCut && this.#state !== 'lost' && this.#end === undefined) this.#close('client', 'error')
    this.#tellHeld()
    this.#state = 'over'
  }

  // What the engine does.

  send(side: Side, bytes: Uint8Array): void {
    if (this.#isPriming) return
    const from: Side = side === 'client' ? 'server' : 'client'
    if (this.#opaque[from]) this.#forwarded[from] += bytes.length
    else if (side === 'server') this.#asked.sent()
  }

  flow(side: Side, isPaused: boolean): void {
    if (side !== 'client') return
    this.#isPaused = isPaused
    while (!this.#isPaused) {
      const next = this.#delayed.shift()
      if (next === undefined) return
      this.#pausedBytes -= next.bytes?.length ?? 0
      if (next.bytes === undefined) this.#close('client', next.cause)
      else this.#feed('client', next.bytes)
    }
  }

  record(record: ReplayRecord): void {
    this.#follow(record)
    if (this.#isPriming && record.type !== 'session.open' && record.type !== 'session.refused')
      return
    if (record.type === 'session.close' && this.#primed.has(record.session))
      return this.#tell({ ...record, commands: Math.max(0, record.commands - PRIMED_COMMANDS) })
    this.#tell(record)
  }

  ended(session: SessionId): void {
    // A session that a gap has ended may outlive it by its data connections.
    if (session !== this.#id) return
    this.#end ??= 'ended'
    if (this.#state === 'running') this.#state = 'over'
    this.#delayed = []
  }

  #tell(record: ReplayRecord): void {
    this.#judge.record(record, this.#judge.time, this.#id)
  }

  /** Nothing that the client said is dropped in silence. */
  #tellHeld(): void {
    const held = this.#asked.takeUndecided()
    if (held.length === 0 || this.#isShut) return
    const verbs = held.slice(0, NAMED_MAX).map(({ command }) => command?.verb ?? '?')
    this.#note({ type: 'capture.held', ...this.#who, commands: held.length, verbs })
  }

  #follow(record: ReplayRecord): void {
    switch (record.type) {
      case 'control.command':
        if (!this.#isPriming) this.#asked.begun()
        return
      case 'verdict':
        if (!this.#isPriming && record.verdict === 'reject' && record.side === 'client')
          this.#asked.refused(record.verb !== undefined)
        if (record.verdict === 'close') this.#isShut = true
        return this.#judge.openings.record(record)
      case 'session.refused':
        this.#isShut = true
        this.#end = record.reason
        return
      case 'session.close':
        if (record.session !== this.#id) return
        this.#end = record.reason
        return this.#tellHeld()
      case 'channel.opaque':
        this.#isUnreadable = true
        return
      case 'channel.clear':
        if (record.side === 'server') this.#isUnreadable = false
        return this.#becameClear(record.side)
      case 'pinhole.open':
      case 'pinhole.close':
        return this.#judge.openings.record(record)
      default:
    }
  }

  /** The engine has found the end of TLS in the bytes that it is given now. */
  #becameClear(side: Side): void {
    const feeding = this.#feeding
    if (!this.#opaque[side] || feeding === undefined) return
    this.#opaque[side] = false
    const rest = Math.max(0, this.#received[side] - this.#forwarded[side])
    const seen =
      feeding.side === side
        ? feeding.bytes.subarray(feeding.bytes.length - rest)
        : feeding.bytes.subarray(0, 0)
    if (side === 'server') this.#gate.readable(seen)
    else this.#asked.push(seen)
  }

  #feed(side: Side, bytes: Uint8Array): void {
    if (this.#opaque[side]) this.#received[side] += bytes.length
    this.#feeding = { side, bytes }
    this.#judge.handle({ type: 'bytes', session: this.#id, side, bytes }, this.#now)
    this.#feeding = undefined
    this.#decided()
  }

  /** Replies that waited for a decision may go on. */
  #decided(): void {
    if (!this.#gate.isHolding) return
    this.#gate.retry()
    if (this.#gate.isHolding || this.#closing === undefined) return
    this.#close('server', this.#closing)
  }

  #delay(bytes: Uint8Array | undefined, cause: CloseCause): void {
    this.#pausedBytes += bytes?.length ?? 0
    if (this.#pausedBytes > PAUSED_BYTES_MAX)
      return this.gap('client', bytes?.length ?? 0, this.#now)
    this.#delayed.push({ bytes: bytes?.slice(), cause })
  }

  #close(side: Side, cause: CloseCause): void {
    this.#judge.handle({ type: 'sideClosed', session: this.#id, side, cause }, this.#now)
  }

  #begin(isRunning: boolean): void {
    const { client, server, ordinal, tls, listener, legs } = this.#options
    this.#state = 'running'
    this.#end = undefined
    this.#isUnreadable = false
    this.#isShut = false
    this.#isPaused = false
    this.#delayed = []
    this.#pausedBytes = 0
    this.#closing = undefined
    const door = chooseDoor(this.#judge.evaluator, { client, server, ordinal, tls, legs }, listener)
    const isImplicit = door.listener.tls === 'implicit'
    this.#opaque.client = isImplicit
    this.#opaque.server = isImplicit
    this.#count()
    this.#asked = this.#newAsked()
    this.#gate = this.#newGate(isRunning, door.listener.tls === 'implicit-after-greeting')
    if (isImplicit) this.#gate.opaque()
    this.#isPriming = isRunning
    if (isRunning) this.#primed.add(this.#id)
    this.#judge.connect(this.#id, door, client, this, this.#now)
    if (!isRunning) return
    for (const [side, text] of PRIMING)
      this.#judge.handle(
        { type: 'bytes', session: this.#id, side, bytes: Buffer.from(text) },
        this.#now,
      )
    this.#isPriming = false
  }

  /** A command that stands at the beginning of a segment, while the server has nothing to say. */
  #resume(bytes: Uint8Array): void {
    const line = Buffer.from(bytes.subarray(0, 512)).toString('latin1')
    if (!this.#isServerQuiet || !COMMAND_LINE.test(line)) return
    if (this.#end === 'gap') {
      this.#parts += 1
      this.#id = sessionId(`${this.#options.id}.${this.#parts}`)
      this.#note({ type: 'capture.mid-stream', ...this.#who, cause: 'gap' })
    }
    this.#begin(true)
  }

  /** Counts TLS bytes from here. */
  #count(): void {
    this.#relayed.secured()
    for (const side of ['client', 'server'] as const) {
      this.#received[side] = 0
      this.#forwarded[side] = 0
    }
  }

  get #who(): { session: SessionId; client: string; server: string } {
    const { client, server } = this.#options
    return { session: this.#id, client: formatEndpoint(client), server: formatEndpoint(server) }
  }

  #note(record: CaptureRecord): void {
    this.#judge.record(record, this.#now)
  }

  #newAsked(): AskedCommands {
    const { limits, profiles } = this.#judge.evaluator.ruleset
    const isTolerant = [...profiles.values()].some((one) => one.lineEnding === 'tolerant')
    const ending = isTolerant ? 'tolerant' : 'strict'
    return new AskedCommands(limits.commandBytes, ending, this.#options.legs !== undefined)
  }

  #newGate(isGreeted: boolean, isTlsBehindGreeting: boolean = false): ReplyGate {
    const gate: ReplyGate = new ReplyGate(
      this.#asked,
      {
        pass: (bytes) => {
          if (this.#state === 'running') this.#feed('server', bytes)
        },
        secured: () => {
          if (this.#state !== 'running') return
          this.#opaque.client = true
          this.#opaque.server = true
          this.#count()
          gate.opaque()
        },
        diverged: (verb, code) => {
          this.#note({ type: 'capture.diverged', ...this.#who, verb, code })
          this.#close('client', 'error')
          this.#end = 'capture.diverged'
          this.#state = 'over'
        },
      },
      isGreeted,
      isTlsBehindGreeting,
    )
    return gate
  }
}
