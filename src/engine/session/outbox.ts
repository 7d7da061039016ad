/** Collects the effects of one event, and writes the session's records the same way everywhere. */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import type { SessionId } from '../id.ts'
import type { CheckName } from '../rules/inspection.ts'
import { checkOf } from './check-of.ts'
import type { Effect } from './effect.ts'
import type { Side } from './event.ts'
import { formatReply, type LocalReply } from './local-reply.ts'
import type { RecordedVerdict, SessionRecord } from './record.ts'
import type { Reason } from './reason.ts'

type WithoutIdentity<R> = R extends unknown ? Omit<R, 'session' | 'client' | 'server'> : never

/** A session's record before it is known whose it is. */
export type RecordBody = WithoutIdentity<SessionRecord>

/** What a verdict is about. Optional parts are left out of the record. */
export interface VerdictSubject {
  readonly side: Side
  readonly verb?: string | undefined
  readonly argument?: string | undefined
  readonly rule?: string | undefined
  readonly detail?: string | undefined
}

export class Outbox {
  readonly #session: SessionId
  readonly #identity: {
    readonly session: SessionId
    readonly client: string
    readonly server: string
  }
  #effects: Effect[] = []
  #refusals = 0
  #hits: Partial<Record<CheckName, number>> | undefined

  constructor(session: SessionId, client: Endpoint, server: Endpoint) {
    this.#session = session
    this.#identity = {
      session,
      client: formatEndpoint(client),
      server: formatEndpoint(server),
    }
  }

  push(effect: Effect): void {
    this.#effects.push(effect)
  }

  /** The effects so far; the outbox is empty afterwards. */
  take(): readonly Effect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  send(side: Side, bytes: Uint8Array): void {
    this.#effects.push({ type: 'send', session: this.#session, side, bytes })
  }

  /** Answers the client in the server's place. */
  reply(reply: LocalReply, verb: string | undefined): void {
    this.send('client', formatReply(reply))
    this.record({
      type: 'control.reply',
      code: reply.code,
      text: reply.text,
      lines: 1,
      ...(verb === undefined ? {} : { verb }),
      local: true,
    })
  }

  record(body: RecordBody): void {
    const { type, ...rest } = body
    const record = { type, ...this.#identity, ...rest } as SessionRecord
    this.#effects.push({ type: 'record', record })
  }

  verdict(verdict: RecordedVerdict, reason: Reason, subject: VerdictSubject): void {
    if (verdict !== 'permit' && verdict !== 'note') this.#refusals += 1
    const check = checkOf(reason)
    if (check !== undefined) this.#hits = { ...this.#hits, [check]: (this.#hits?.[check] ?? 0) + 1 }
    this.record({
      type: 'verdict',
      verdict,
      reason,
      ...(check === undefined ? {} : { check }),
      side: subject.side,
      ...(subject.verb === undefined ? {} : { verb: subject.verb }),
      ...(subject.argument === undefined ? {} : { argument: subject.argument }),
      ...(subject.rule === undefined ? {} : { rule: subject.rule }),
      ...(subject.detail === undefined ? {} : { detail: subject.detail }),
    })
  }

  /** How often each check of the profile found something; `undefined` when none did. */
  get hits(): Readonly<Partial<Record<CheckName, number>>> | undefined {
    return this.#hits
  }

  /** Verdicts other than plain permission so far. */
  get refusals(): number {
    return this.#refusals
  }
}
