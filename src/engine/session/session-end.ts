/**
 * How a session ends: the control connection first, with both its legs; then, when transfers that
 * run have finished, the session itself, whose last record this writes. The first reason counts.
 */
import { between, type Instant } from '../../net/instant.ts'
import { ipFamily } from '../../net/ip.ts'
import type { CommandFlow } from './command-flow.ts'
import type { Side } from './event.ts'
import { localReply } from './local-reply.ts'
import type { RecordBody } from './outbox.ts'
import type { SessionParts } from './parts.ts'
import type { Reason } from './reason.ts'
import type { ReplyFlow } from './reply-flow.ts'
import type { StaticRange } from './static-range.ts'

export type EndReason = Extract<RecordBody, { type: 'session.close' }>['reason']

export class SessionEnd {
  readonly #parts: SessionParts
  readonly #commands: CommandFlow
  readonly #replies: ReplyFlow
  readonly #range: StaticRange
  readonly #startedAt: Instant
  /** Why the control connection ended; data connections may still run. */
  #reason: EndReason | undefined
  #isClientGone = false
  #isClosed = false

  constructor(
    parts: SessionParts,
    commands: CommandFlow,
    replies: ReplyFlow,
    range: StaticRange,
    startedAt: Instant,
  ) {
    this.#parts = parts
    this.#commands = commands
    this.#replies = replies
    this.#range = range
    this.#startedAt = startedAt
  }

  /** Whether the control connection has ended. */
  get hasEnded(): boolean {
    return this.#reason !== undefined
  }

  /** Whether nothing is left of the session. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get isClientGone(): boolean {
    return this.#isClientGone
  }

  /** Replies that are still to come are delivered: the client may have closed its half alone. */
  clientGone(now: Instant): void {
    this.#isClientGone = true
    this.#commands.inputEnded()
    this.endIfDone(now)
  }

  serverGone(now: Instant): void {
    if (this.#commands.isQuitting) return this.end('quit', now)
    if (this.#replies.isMidReply) return this.end('server-closed', now)
    this.#parts.outbox.verdict('note', 'server.closed', { side: 'server' })
    this.#tell('server.closed')
    this.end('server-closed', now)
  }

  /**
   * Ends the session when the client wants no more and has every reply, or when the process drains
   * and no transfer runs. A transfer whose data connection is still to be reported runs.
   */
  endIfDone(now: Instant): void {
    const { data, pending, deadlines } = this.#parts
    if (this.hasEnded || deadlines.has('data-lag')) return
    const { isQuitting, isBusy } = this.#commands
    if ((isQuitting || this.#isClientGone) && !isBusy)
      return this.end(isQuitting ? 'quit' : 'client-closed', now)
    if (!deadlines.has('drain') || data.isInUse || pending.transfer !== undefined) return
    this.#tell('draining')
    this.end('draining', now)
  }

  /** Ends the session with a verdict, 421 for the client, and nothing left running. */
  violate(reason: Reason, side: Side, detail: string | undefined, now: Instant): void {
    if (this.hasEnded) return
    this.#parts.outbox.verdict('close', reason, { side, detail })
    this.#tell(reason)
    this.#parts.data.close('all')
    this.end(reason, now)
  }

  /** Ends everything at once after a fault of ours; what is still to be reported is not awaited. */
  abandon(now: Instant): void {
    this.#parts.data.close('all')
    this.#parts.data.clear()
    if (this.hasEnded) this.closeIfDone(now)
    else this.end('internal', now)
  }

  /** Closes both legs of the control connection; transfers that run are left to finish. */
  end(reason: EndReason, now: Instant): void {
    const { settings, outbox, deadlines, expectation, data } = this.#parts
    this.#reason = reason
    deadlines.clearAllButDrain()
    expectation.close('session-closed', now)
    this.#range.close()
    data.close('unused')
    outbox.push({ type: 'close', session: settings.id, side: 'server' })
    outbox.push({ type: 'close', session: settings.id, side: 'client' })
    this.closeIfDone(now)
  }

  /** The session is closed when its last data connection is. */
  closeIfDone(now: Instant): void {
    const { settings, outbox, data } = this.#parts
    if (this.#reason === undefined || this.#isClosed || data.count > 0) return
    this.#isClosed = true
    outbox.record({
      type: 'session.close',
      reason: this.#reason,
      durationMs: Math.round(between(this.#startedAt, now)),
      commands: this.#commands.count,
      ...data.totals,
      refusals: outbox.refusals,
      ...(outbox.hits === undefined ? {} : { checks: outbox.hits }),
    })
    outbox.push({ type: 'sessionEnded', session: settings.id })
  }

  /** 421 is the reply that needs no command (RFC 959 §5.4); nobody hears it under TLS. */
  #tell(reason: Reason): void {
    const { settings, outbox, security } = this.#parts
    if (this.#replies.isMidReply || security.isOpaque('server')) return
    const { text } = localReply(reason, ipFamily(settings.client.address))
    outbox.reply({ code: 421, text }, undefined)
  }
}
