/**
 * One intercepted control connection, both legs, and its data connections. Pure: what happened and
 * when goes in, what is to be done comes out. Everything it holds is bounded, and whatever it does
 * not understand ends in an answer or in the end of the session, never in looking away.
 */
import { formatEndpoint } from '../../net/endpoint.ts'
import { after, type Instant } from '../../net/instant.ts'
import { unreachable } from '../../net/unreachable.ts'
import type { OpenRange, PortUse } from '../nat/port-use.ts'
import { serverLegFrom } from './addressing.ts'
import { CommandFlow } from './command-flow.ts'
import { DataArrivals } from './data-arrivals.ts'
import { DataConnections } from './data-connections.ts'
import { DataSetUp } from './data-set-up.ts'
import { type DeadlineName, Deadlines, FATAL_DEADLINES } from './deadlines.ts'
import type { Effect } from './effect.ts'
import type { SessionEvent, Side } from './event.ts'
import { Expectation } from './expectation.ts'
import { CLEARING_TIME } from './limits.ts'
import { Inspection } from './inspection.ts'
import { LoginGuard } from './login-failures.ts'
import { Login } from './login.ts'
import { Outbox } from './outbox.ts'
import type { SessionParts } from './parts.ts'
import { PendingCommands } from './pending-commands.ts'
import { Protection } from './protection.ts'
import type { Reason } from './reason.ts'
import { type ReplyOutcome, ReplyFlow } from './reply-flow.ts'
import { Security } from './security.ts'
import { SessionEnd } from './session-end.ts'
import type { SetUpStep } from './set-up-step.ts'
import { StaticRange } from './static-range.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

type DataArrived = Extract<SessionEvent, { type: 'dataAccepted' | 'dataPassed' }>

/** What may still happen when the control connection has ended. */
type LateEvent = Extract<
  SessionEvent,
  {
    type:
      | 'dataDialed'
      | 'dataPassed'
      | 'dataDialFailed'
      | 'dataEnded'
      | 'drainRequested'
      | 'deadlineReached'
  }
>

export class Session {
  readonly #settings: SessionSettings
  readonly #shared: SharedTables
  readonly #parts: SessionParts
  readonly #outbox: Outbox
  readonly #deadlines = new Deadlines()
  readonly #commands: CommandFlow
  readonly #replies: ReplyFlow
  readonly #range: StaticRange
  readonly #protection: Protection
  readonly #arrivals: DataArrivals
  readonly #end: SessionEnd
  #now: Instant

  constructor(settings: SessionSettings, shared: SharedTables, now: Instant) {
    const { id, client, server } = settings
    const outbox = new Outbox(id, client, server)
    const security = new Security(settings, outbox, this.#deadlines)
    const expectation = new Expectation(settings, shared, outbox, this.#deadlines)
    this.#settings = settings
    this.#shared = shared
    this.#outbox = outbox
    this.#now = now
    this.#parts = {
      settings,
      outbox,
      deadlines: this.#deadlines,
      pending: new PendingCommands(),
      login: new Login(),
      loginGuard: new LoginGuard(settings, shared.loginFailures),
      inspection: new Inspection(settings.profile.checks, outbox),
      security,
      expectation,
      setUp: new DataSetUp(settings, shared, outbox, expectation),
      data: new DataConnections(settings, outbox, this.#deadlines, security),
      violate: (reason, side, detail) => this.#violate(reason, side, detail),
    }
    this.#commands = new CommandFlow(this.#parts)
    this.#replies = new ReplyFlow(this.#parts)
    this.#range = new StaticRange(settings, shared, outbox)
    this.#protection = new Protection(this.#parts, this.#commands, this.#replies, this.#range)
    this.#arrivals = new DataArrivals(this.#parts, this.#range)
    this.#end = new SessionEnd(this.#parts, this.#commands, this.#replies, this.#range, now)
  }

  /** The first effects: the server is to be connected. */
  open(): readonly Effect[] {
    const { id, listener, client, server, local, rule, profile, evaluator } = this.#settings
    this.#outbox.record({
      type: 'session.open',
      listener: listener.name,
      local: formatEndpoint(local),
      rule,
      profile: profile.name,
    })
    const from = serverLegFrom(
      listener,
      client.address,
      server.address,
      this.#shared.localAddresses,
    )
    this.#outbox.push({ type: 'connectServer', session: id, server, ...from })
    this.#deadlines.set('connect', after(this.#now, evaluator.ruleset.timeouts.connect))
    return this.#outbox.take()
  }

  /** The only way in. Effects are to be performed in order; events may come in any order. */
  handle(event: SessionEvent, now: Instant): readonly Effect[] {
    this.#now = now
    if (!this.#end.isClosed) this.#dispatch(event)
    return this.#outbox.take()
  }

  /** Ends everything at once after a fault of ours; what is still to be reported is not awaited. */
  abandon(now: Instant): readonly Effect[] {
    this.#now = now
    this.#end.abandon(now)
    return this.#outbox.take()
  }

  /** When `deadlineReached` is due, unless something happens before. */
  get nextDeadline(): Instant | undefined {
    return this.#deadlines.next
  }

  get isClosed(): boolean {
    return this.#end.isClosed
  }

  /** The ports of ours that it holds for a peer, or that a peer is connected to. */
  get portUses(): readonly PortUse[] {
    const { expectation, data } = this.#parts
    const { leased } = expectation
    return leased === undefined ? data.portUses : [leased, ...data.portUses]
  }

  get openRange(): OpenRange | undefined {
    return this.#range.openRange
  }

  #dispatch(event: SessionEvent): void {
    switch (event.type) {
      case 'dataDialed':
        return this.#parts.data.dialed(event.connection, this.#now)
      case 'dataPassed':
        return this.#end.hasEnded ? this.#arrivals.tooLate(event) : this.#dataArrived(event)
      case 'dataDialFailed':
        return this.#dataEnded(this.#parts.data.dialFailed(event.connection, event.cause))
      case 'dataEnded':
        this.#parts.expectation.earlyEnded(event.connection)
        return this.#dataEnded(this.#parts.data.ended(event, this.#now))
      case 'drainRequested':
        this.#deadlines.set('drain', event.until)
        return this.#end.endIfDone(this.#now)
      case 'deadlineReached':
        return this.#deadlineReached()
      default:
        if (!this.#end.hasEnded) this.#dispatchControl(event)
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
        return this.#dataArrived(event)
      case 'rangeOpened':
        return this.#range.opened(event.missing)
      default:
        return unreachable(event)
    }
  }

  #serverConnected(local: Extract<SessionEvent, { type: 'serverConnected' }>['local']): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    this.#parts.setUp.serverConnected(local)
    this.#range.serverConnected(local)
    this.#deadlines.clear('connect')
    if (this.#parts.security.isOpaque('server')) this.#parts.security.connected(this.#now)
    else this.#deadlines.set('greeting', after(this.#now, timeouts.greeting))
    this.#touch()
  }

  #bytes(side: Side, bytes: Uint8Array): void {
    if (side === 'client' && this.#end.isClientGone) return
    this.#touch()
    const { security } = this.#parts
    const isOpaque = security.isOpaque(side)
    if (!isOpaque && side === 'client' && security.isAsking)
      return this.#violate('auth.pipelined', 'client')
    const lines = isOpaque ? this.#protection.opaqueBytes(side, bytes, this.#now) : bytes
    if (lines === undefined) return
    if (side === 'client') this.#commands.push(lines)
    else this.#replies.push(lines)
    this.#pump()
  }

  /** Takes replies one at a time, since each may let commands go. */
  #pump(): void {
    const isEnded = (): boolean => this.#end.hasEnded
    for (;;) {
      this.#commands.pump(this.#now, isEnded)
      if (isEnded()) return
      // What the server says behind the last reply that was owed is nobody's, however it was cut.
      this.#end.endIfDone(this.#now)
      if (isEnded()) return
      // A command that waits for its pinhole goes out before more is read of the server, so that
      // which reply answers it does not hang on how TCP cut them.
      const outcome = this.#commands.isOpening ? undefined : this.#replies.step(this.#now)
      if (outcome === undefined || isEnded()) break
      this.#replyFinished(outcome)
      if (isEnded()) return
    }
    this.#end.endIfDone(this.#now)
  }

  #replyFinished(outcome: ReplyOutcome): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    switch (outcome) {
      case 'went-on':
        if (this.#parts.login.isLoggedIn) this.#deadlines.clear('login')
        if (this.#arrivals.useEarly(this.#now) === 'used') {
          this.#touch()
          this.#pump()
        }
        this.#protection.replied()
        return this.#end.endIfDone(this.#now)
      case 'greeted':
        this.#deadlines.clear('greeting')
        this.#deadlines.set('login', after(this.#now, timeouts.login))
        this.#commands.greeted()
        return this.#protection.greeted(this.#now)
      case 'secured':
        return this.#protection.answered(this.#now)
      case 'server-leaves':
        return this.#end.end('server-closed', this.#now)
    }
  }

  #continueSetUp(step: SetUpStep | undefined): void {
    if (step === undefined) return
    if (this.#commands.isOpening) this.#commands.continueSetUp(step, this.#now)
    else this.#replies.continueSetUp(step)
    this.#pump()
  }

  #dataArrived(event: DataArrived): void {
    const arrival = this.#arrivals.arrived(event, this.#now)
    if (arrival !== 'not-used') this.#touch()
    if (arrival === 'used') this.#pump()
  }

  #dataEnded(wasUnused: boolean): void {
    if (this.#end.hasEnded) return this.#end.closeIfDone(this.#now)
    if (wasUnused) this.#parts.setUp.connectionLost()
    this.#touch()
    this.#end.endIfDone(this.#now)
  }

  #sideClosed(event: Extract<SessionEvent, { type: 'sideClosed' }>): void {
    if (event.cause === 'stalled') return this.#violate('timeout.stalled', event.side)
    if (event.side === 'server') return this.#end.serverGone(this.#now)
    if (event.cause !== 'end') return this.#end.end('client-closed', this.#now)
    this.#end.clientGone(this.#now)
  }

  #deadlineReached(): void {
    for (;;) {
      const due = this.#deadlines.takeDue(this.#now)
      if (due === undefined) return
      this.#passed(due)
    }
  }

  #passed(name: DeadlineName): void {
    const { setUp, data, pending } = this.#parts
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
      case 'clearing':
        // A server that was asked nothing yet (we refused the first command) has nothing to say.
        return pending.sent.length > 0
          ? this.#violate(...FATAL_DEADLINES.clearing)
          : this.#deadlines.set(name, after(this.#now, CLEARING_TIME))
      case 'idle':
        // RFC 6384 §12: the control connection does not time out while data moves.
        return data.isInUse ? this.#touch() : this.#violate(...FATAL_DEADLINES.idle)
      default:
        // Only the drain outlives the control connection.
        return this.#end.hasEnded ? data.close('all') : this.#violate(...FATAL_DEADLINES[name])
    }
  }

  #violate(reason: Reason, side: Side, detail?: string): void {
    this.#end.violate(reason, side, detail, this.#now)
  }

  #touch(): void {
    if (this.#end.hasEnded) return
    const { timeouts } = this.#settings.evaluator.ruleset
    this.#deadlines.set('idle', after(this.#now, timeouts.controlIdle))
  }
}
