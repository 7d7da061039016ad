/**
 * One intercepted control connection, both legs, and its data connections. Pure: what happened and
 * when goes in, what is to be done comes out. Everything it holds is bounded, and whatever it does
 * not understand ends in an answer or in the end of the session, never in looking away.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { ipFamily } from '../../net/ip.ts'
import { after, between, type Instant } from '../../net/instant.ts'
import { unreachable } from '../../net/unreachable.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import { CommandFlow } from './command-flow.ts'
import { DataConnections } from './data-connections.ts'
import { DataSetUp } from './data-set-up.ts'
import { type DeadlineName, Deadlines, FATAL_DEADLINES } from './deadlines.ts'
import type { Effect } from './effect.ts'
import type { SessionEvent, Side } from './event.ts'
import { Expectation } from './expectation.ts'
import { localReply } from './local-reply.ts'
import { Login } from './login.ts'
import { Outbox, type RecordBody } from './outbox.ts'
import type { SessionParts } from './parts.ts'
import { PendingCommands } from './pending-commands.ts'
import type { Reason } from './reason.ts'
import { type ReplyOutcome, ReplyFlow } from './reply-flow.ts'
import type { SetUpStep } from './set-up-step.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

type DataAccepted = Extract<SessionEvent, { type: 'dataAccepted' }>
type EndReason = Extract<RecordBody, { type: 'session.close' }>['reason']

/** What may still happen when the control connection has ended. */
type LateEvent = Extract<
  SessionEvent,
  { type: 'dataDialed' | 'dataDialFailed' | 'dataEnded' | 'drainRequested' | 'deadlineReached' }
>

export class Session {
  readonly #settings: SessionSettings
  readonly #parts: SessionParts
  readonly #outbox: Outbox
  readonly #deadlines = new Deadlines()
  readonly #commands: CommandFlow
  readonly #replies: ReplyFlow
  readonly #startedAt: Instant
  #now: Instant
  #isClientGone = false
  /** Why the control connection ended; data connections may still run. */
  #ended: EndReason | undefined
  #isClosed = false

  constructor(settings: SessionSettings, shared: SharedTables, now: Instant) {
    const { id, client, listener } = settings
    const outbox = new Outbox(id, client, listener.server)
    const expectation = new Expectation(settings, shared, outbox, this.#deadlines)
    this.#settings = settings
    this.#outbox = outbox
    this.#startedAt = now
    this.#now = now
    this.#parts = {
      settings,
      outbox,
      deadlines: this.#deadlines,
      pending: new PendingCommands(),
      login: new Login(),
      expectation,
      setUp: new DataSetUp(settings, shared, outbox, expectation),
      data: new DataConnections(settings, outbox, this.#deadlines),
      violate: (reason, side, detail) => this.#violate(reason, side, detail),
    }
    this.#commands = new CommandFlow(this.#parts)
    this.#replies = new ReplyFlow(this.#parts)
  }

  /** The first effects: the server is to be connected. */
  open(): readonly Effect[] {
    const { id, listener, local, rule, profile, evaluator } = this.#settings
    this.#outbox.record({
      type: 'session.open',
      listener: listener.name,
      local: formatEndpoint(local),
      rule,
      profile: profile.name,
    })
    this.#outbox.push({ type: 'connectServer', session: id, server: listener.server })
    this.#deadlines.set('connect', after(this.#now, evaluator.ruleset.timeouts.connect))
    return this.#outbox.take()
  }

  /** The only way in. Effects are to be performed in order; events may come in any order. */
  handle(event: SessionEvent, now: Instant): readonly Effect[] {
    this.#now = now
    if (!this.#isClosed) this.#dispatch(event)
    return this.#outbox.take()
  }

  /** Ends everything at once after a fault of ours; what is still to be reported is not awaited. */
  abandon(now: Instant): readonly Effect[] {
    this.#now = now
    this.#parts.data.close('all')
    this.#parts.data.clear()
    if (this.#ended === undefined) this.#end('internal')
    else this.#closeIfDone()
    return this.#outbox.take()
  }

  /** When `deadlineReached` is due, unless something happens before. */
  get nextDeadline(): Instant | undefined {
    return this.#deadlines.next
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  #dispatch(event: SessionEvent): void {
    switch (event.type) {
      case 'dataDialed':
        return this.#parts.data.dialed(event.connection, this.#now)
      case 'dataDialFailed':
        return this.#dataEnded(this.#parts.data.dialFailed(event.connection, event.cause))
      case 'dataEnded':
        return this.#dataEnded(this.#parts.data.ended(event, this.#now))
      case 'drainRequested':
        this.#deadlines.set('drain', event.until)
        return this.#endIfDone()
      case 'deadlineReached':
        return this.#deadlineReached()
      default:
        if (this.#ended === undefined) this.#dispatchControl(event)
    }
  }

  #dispatchControl(event: Exclude<SessionEvent, LateEvent>): void {
    switch (event.type) {
      case 'serverConnected':
        return this.#serverConnected(event.local)
      case 'serverFailed':
        return this.#violate('server.unreachable', 'server', `connect: ${event.cause}`)
      case 'bytes':
        return this.#bytes(event.side, event.bytes)
      case 'sideClosed':
        return this.#sideClosed(event)
      case 'pinholeOpened':
        return this.#continueSetUp(this.#parts.setUp.pinholeOpened(event, this.#now))
      case 'pinholeFailed':
        return this.#continueSetUp(this.#parts.setUp.pinholeFailed(event, this.#now))
      case 'dataAccepted':
        return this.#dataAccepted(event)
      default:
        return unreachable(event)
    }
  }

  #serverConnected(local: Extract<SessionEvent, { type: 'serverConnected' }>['local']): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    this.#parts.setUp.serverConnected(local)
    this.#deadlines.clear('connect')
    this.#deadlines.set('greeting', after(this.#now, timeouts.greeting))
    this.#touch()
  }

  #bytes(side: Side, bytes: Uint8Array): void {
    if (side === 'client') {
      if (this.#isClientGone) return
      this.#commands.push(bytes)
    } else {
      this.#replies.push(bytes)
    }
    this.#touch()
    this.#pump()
  }

  /** Takes replies one at a time, since each may let commands go. */
  #pump(): void {
    const isEnded = (): boolean => this.#ended !== undefined
    for (;;) {
      this.#commands.pump(this.#now, isEnded)
      if (isEnded()) return
      // A command that waits for its pinhole goes out before more is read of the server, so that
      // which reply answers it does not hang on how TCP cut them.
      const outcome = this.#commands.isOpening ? undefined : this.#replies.step(this.#now)
      if (outcome === undefined || isEnded()) break
      this.#replyFinished(outcome)
      if (isEnded()) return
    }
    this.#endIfDone()
  }

  #replyFinished(outcome: ReplyOutcome): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    switch (outcome) {
      case 'went-on':
        if (this.#parts.login.isLoggedIn) this.#deadlines.clear('login')
        this.#useEarlyConnection()
        return this.#endIfDone()
      case 'greeted':
        this.#deadlines.clear('greeting')
        this.#deadlines.set('login', after(this.#now, timeouts.login))
        return this.#commands.greeted()
      case 'server-leaves':
        return this.#end('server-closed')
    }
  }

  #continueSetUp(step: SetUpStep | undefined): void {
    if (step === undefined) return
    if (this.#commands.isOpening) this.#commands.continueSetUp(step, this.#now)
    else this.#replies.continueSetUp(step)
    this.#pump()
  }

  #dataAccepted({ connection, pinhole, peer }: DataAccepted): void {
    const { expectation } = this.#parts
    const admitted = expectation.admit(pinhole, peer)
    if (typeof admitted !== 'string') return this.#useConnection(connection, admitted, peer)
    const side = expectation.open?.pinhole.mode === 'active' ? 'server' : 'client'
    const subject = { side, detail: `${peer.address} port ${peer.port}` } as const
    if (admitted === 'data.early' && expectation.holdEarly(connection, peer)) {
      this.#outbox.verdict('note', admitted, subject)
      this.#outbox.push({ type: 'holdData', connection })
      return
    }
    this.#outbox.verdict('drop-data', admitted, subject)
    this.#outbox.push({ type: 'dropData', connection })
  }

  /** First correct peer wins: nobody else gets in. */
  #useConnection(connection: DataAccepted['connection'], pinhole: Pinhole, peer: Endpoint): void {
    const { expectation, data } = this.#parts
    this.#deadlines.clear('data-lag')
    data.accept(connection, pinhole, peer, this.#now)
    expectation.close('used', this.#now)
    this.#touch()
    this.#pump()
  }

  /** The server has accepted PORT and was faster than its own reply. */
  #useEarlyConnection(): void {
    const { expectation } = this.#parts
    const pinhole = expectation.open?.pinhole.id
    const early = expectation.takeEarly()
    if (early !== undefined && pinhole !== undefined)
      this.#dataAccepted({ type: 'dataAccepted', session: this.#settings.id, pinhole, ...early })
  }

  #dataEnded(wasUnused: boolean): void {
    if (this.#ended !== undefined) return this.#closeIfDone()
    if (wasUnused) this.#parts.setUp.connectionLost()
    this.#touch()
    this.#endIfDone()
  }

  #sideClosed(event: Extract<SessionEvent, { type: 'sideClosed' }>): void {
    if (event.cause === 'stalled') return this.#violate('timeout.stalled', event.side)
    if (event.side === 'server') return this.#serverClosed()
    if (event.cause !== 'end') return this.#end('client-closed')
    // Replies that are still to come are delivered: the client may have closed its half alone.
    this.#isClientGone = true
    this.#commands.inputEnded()
    this.#endIfDone()
  }

  #serverClosed(): void {
    if (this.#commands.isQuitting) return this.#end('quit')
    if (this.#replies.isMidReply) return this.#end('server-closed')
    this.#outbox.verdict('note', 'server.closed', { side: 'server' })
    this.#tell('server.closed')
    this.#end('server-closed')
  }

  /**
   * Ends the session when the client wants no more and has every reply, or when the process drains
   * and no transfer runs. A transfer whose data connection is still to be reported runs.
   */
  #endIfDone(): void {
    if (this.#ended !== undefined || this.#deadlines.has('data-lag')) return
    const { isQuitting, isBusy } = this.#commands
    if ((isQuitting || this.#isClientGone) && !isBusy)
      return this.#end(isQuitting ? 'quit' : 'client-closed')
    const { data, pending } = this.#parts
    if (!this.#deadlines.has('drain') || data.isInUse || pending.transfer !== undefined) return
    this.#tell('draining')
    this.#end('draining')
  }

  #deadlineReached(): void {
    for (;;) {
      const due = this.#deadlines.takeDue(this.#now)
      if (due === undefined) return
      this.#passed(due)
    }
  }

  #passed(name: DeadlineName): void {
    const { setUp, data } = this.#parts
    switch (name) {
      case 'pinhole':
        return setUp.expired(this.#now)
      case 'data-lag':
        return this.#pump()
      case 'urgent':
        this.#commands.urgentLost()
        return this.#pump()
      case 'data-unused':
        this.#outbox.verdict('drop-data', 'data.unused', { side: 'client' })
        data.close('unused')
        return setUp.connectionLost()
      case 'abor':
        this.#replies.aborTimedOut(this.#now)
        return this.#pump()
      case 'idle':
        // RFC 6384 §12: the control connection does not time out while data moves.
        return data.isInUse ? this.#touch() : this.#violate(...FATAL_DEADLINES.idle)
      default:
        // Only the drain outlives the control connection.
        return this.#ended === undefined
          ? this.#violate(...FATAL_DEADLINES[name])
          : data.close('all')
    }
  }

  /** Ends the session with a verdict, 421 for the client, and nothing left running. */
  #violate(reason: Reason, side: Side, detail?: string): void {
    if (this.#ended !== undefined) return
    this.#outbox.verdict('close', reason, { side, detail })
    this.#tell(reason)
    this.#parts.data.close('all')
    this.#end(reason)
  }

  /** 421 is the reply that needs no command (RFC 959 §5.4). */
  #tell(reason: Reason): void {
    if (this.#replies.isMidReply) return
    const { text } = localReply(reason, ipFamily(this.#settings.client.address))
    this.#outbox.reply({ code: 421, text }, undefined)
  }

  /** Closes both legs of the control connection; transfers that run are left to finish. */
  #end(reason: EndReason): void {
    const { id } = this.#settings
    this.#ended = reason
    this.#deadlines.clearAllButDrain()
    this.#parts.expectation.close('session-closed', this.#now)
    this.#parts.data.close('unused')
    this.#outbox.push({ type: 'close', session: id, side: 'server' })
    this.#outbox.push({ type: 'close', session: id, side: 'client' })
    this.#closeIfDone()
  }

  #closeIfDone(): void {
    const { data } = this.#parts
    if (this.#ended === undefined || this.#isClosed || data.count > 0) return
    this.#isClosed = true
    this.#outbox.record({
      type: 'session.close',
      reason: this.#ended,
      durationMs: Math.round(between(this.#startedAt, this.#now)),
      commands: this.#commands.count,
      ...data.totals,
      refusals: this.#outbox.refusals,
    })
    this.#outbox.push({ type: 'sessionEnded', session: this.#settings.id })
  }

  #touch(): void {
    if (this.#ended !== undefined) return
    const { timeouts } = this.#settings.evaluator.ruleset
    this.#deadlines.set('idle', after(this.#now, timeouts.controlIdle))
  }
}
