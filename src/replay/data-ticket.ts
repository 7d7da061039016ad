/**
 * A data connection of a capture under one rule file: what it would have come to, and what is said
 * of it when it is over.
 */
import type { DataConnectionId, SessionId } from '../engine/id.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import type { DataListener, Judge } from './judge.ts'
import type { Opening, Past } from './openings.ts'
import type { CaptureRecord } from './record.ts'

/** Packets of two connections may be captured a little out of order; milliseconds. */
const LAG_MAX = 1_000

export type DataEnd = 'end' | 'reset' | 'idle' | 'cut'

export class DataTicket implements DataListener {
  readonly #judge: Judge
  readonly #from: Endpoint
  readonly #to: Endpoint
  readonly #openedAt: number
  #opening: Opening | undefined
  #refusal: Past | undefined
  #connection: DataConnectionId | undefined
  #isDropped = false
  #isDialing = false
  #isEstablished = false
  #isReported = false
  #now: number
  #bytes: readonly [number, number] = [0, 0]
  /** The ends of the session, which may be gone when the connection is over. */
  #names: ReturnType<Judge['namesOf']> = {}

  /** `refusal` is why nothing is open, if nothing is. */
  constructor(judge: Judge, from: Endpoint, to: Endpoint, at: number, refusal: Past) {
    this.#judge = judge
    this.#from = from
    this.#to = to
    this.#openedAt = at
    this.#now = at
    this.#refusal = judge.openings.past(to) ?? refusal
    this.#name(this.#refusal.session)
    if (!this.#arrive(at)) judge.whenOpened(formatEndpoint(to), (later) => this.#retry(later))
  }

  /** Whether something was announced or opened for it, so that it is no control connection. */
  get isAnnounced(): boolean {
    return this.#opening !== undefined || this.#judge.openings.past(this.#to) !== undefined
  }

  #name(session: SessionId | undefined): void {
    if (session !== undefined) this.#names = this.#judge.namesOf(session)
  }

  #retry(at: number): void {
    if (!this.#isReported && at - this.#openedAt <= LAG_MAX) this.#arrive(at)
  }

  #arrive(at: number): boolean {
    const opening = this.#judge.openings.find(this.#from, this.#to)
    if (opening === undefined) return false
    this.#opening = opening
    this.#name(opening.session)
    this.#refusal = undefined
    this.#connection = this.#judge.arrive(opening.local, this.#from, this, at)
    // Dropped at once, with the reason in a record behind it.
    if (this.#isDropped) this.#refusal = this.#judge.lastRefusal
    this.#dial()
    return true
  }

  dialed(): void {
    this.#isDialing = true
    this.#dial()
  }

  dropped(): void {
    this.#isDropped = true
    this.#refusal = this.#judge.lastRefusal
  }

  /** The engine wants no more of it; in the capture it went on. */
  closed(): void {
    this.#report('closed')
  }

  /** Both peers agreed to the connection. */
  established(at: number): void {
    this.#now = at
    if (this.#isEstablished) return
    this.#isEstablished = true
    this.#dial()
  }

  /** It is over; `bytes` from who opened it, and to them. */
  over(at: number, bytes: readonly [number, number], cause: DataEnd): void {
    this.#now = at
    this.#bytes = bytes
    if (this.#isDialing && !this.#isEstablished) this.#dialFailed(cause)
    else if (cause !== 'cut') this.#report(cause)
    if (this.#connection !== undefined && cause !== 'cut') this.#judge.forget(this.#connection)
    this.#judge.record(this.#result(), at)
  }

  #dial(): void {
    const { session, local } = this.#opening ?? {}
    const connection = this.#connection
    if (!this.#isDialing || !this.#isEstablished || this.#isReported) return
    if (session === undefined || local === undefined || connection === undefined) return
    this.#isDialing = false
    this.#judge.handle({ type: 'dataDialed', session, connection, local }, this.#now)
  }

  #dialFailed(end: DataEnd): void {
    const { session } = this.#opening ?? {}
    const connection = this.#connection
    if (session === undefined || connection === undefined || this.#isReported) return
    this.#isReported = true
    const cause = end === 'reset' ? 'ECONNREFUSED' : 'ETIMEDOUT'
    this.#judge.handle({ type: 'dataDialFailed', session, connection, cause }, this.#now)
    this.#judge.forget(connection)
  }

  #report(cause: 'end' | 'reset' | 'idle' | 'closed'): void {
    const connection = this.#connection
    const opening = this.#opening
    if (this.#isReported || this.#isDropped || connection === undefined || opening === undefined)
      return
    this.#isReported = true
    const [from, to] = this.#bytes
    const isPassive = opening.mode === 'passive'
    this.#judge.handle(
      {
        type: 'dataEnded',
        session: opening.session,
        connection,
        toClientBytes: isPassive ? to : from,
        toServerBytes: isPassive ? from : to,
        cause,
      },
      this.#now,
    )
    this.#judge.forget(connection)
  }

  #result(): CaptureRecord {
    const past = this.#refusal
    const session = this.#opening?.session ?? past?.session
    const pinhole = this.#opening?.id ?? past?.pinhole
    const [fromBytes, toBytes] = this.#bytes
    return {
      type: 'capture.data',
      ...(session === undefined ? {} : { session, ...this.#names }),
      from: formatEndpoint(this.#from),
      to: formatEndpoint(this.#to),
      openedAt: new Date(this.#openedAt).toISOString(),
      cover: past === undefined ? (this.#opening?.cover ?? 'none') : 'none',
      ...(pinhole === undefined ? {} : { pinhole }),
      ...(past === undefined ? {} : { reason: past.reason }),
      ...(past?.rule === undefined ? {} : { rule: past.rule }),
      ...(past?.detail === undefined ? {} : { detail: past.detail }),
      fromBytes,
      toBytes,
    }
  }
}
