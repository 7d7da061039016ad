/**
 * A data connection of a capture under one rule file: what it would have come to, and what is said
 * of it when it is over.
 */
import type { DataConnectionId, SessionId } from '../engine/id.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import type { DataEnd, DataLeg, DataListener, Judge } from './judge.ts'
import type { Opening, Past } from './openings.ts'
import type { CaptureRecord } from './record.ts'

/** Packets of two connections may be captured a little out of order; milliseconds. */
const LAG_MAX = 1_000

/** One leg is over. */
interface Ending {
  readonly bytes: readonly [number, number]
  readonly cause: DataEnd
}

interface SecondLeg {
  readonly local: Endpoint
  ending: Ending | undefined
}

export class DataTicket implements DataListener, DataLeg {
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
  #isOver = false
  /** It came to the proxy itself, which makes another connection for it. */
  #isProxied = false
  #now: number
  #bytes: readonly [number, number] = [0, 0]
  /** Where the proxy itself was captured: its own connection to the other peer. */
  #second: SecondLeg | undefined
  #ending: Ending | undefined
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
    this.#isProxied = this.#judge.isProxied(opening.session)
    this.#name(opening.session)
    this.#refusal = undefined
    this.#connection = this.#judge.arrive(opening, this.#from, this, at)
    // Dropped at once, with the reason in a record behind it.
    if (this.#isDropped) this.#refusal = this.#judge.lastRefusal
    this.#dial()
    return true
  }

  dialed(to: Endpoint): void {
    this.#isDialing = true
    if (this.#isProxied) this.#judge.awaitDial(to, this)
    else this.#dial()
  }

  secondLeg(local: Endpoint): DataLeg {
    const second: SecondLeg = { local, ending: undefined }
    this.#second = second
    return {
      isAnnounced: true,
      established: (at) => this.#stands(at),
      over: (at, bytes, cause) => {
        second.ending = { bytes, cause }
        this.#legOver(at)
      },
    }
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
    if (!this.#isProxied) this.#stands(at)
  }

  #stands(at: number): void {
    this.#now = at
    if (this.#isEstablished) return
    this.#isEstablished = true
    this.#dial()
  }

  /** It is over; `bytes` from who opened it, and to them. */
  over(at: number, bytes: readonly [number, number], cause: DataEnd): void {
    this.#bytes = bytes
    this.#ending = { bytes, cause }
    this.#legOver(at)
  }

  /** With two legs it is over when both are. */
  #legOver(at: number): void {
    const ending = this.#ending
    const second = this.#second
    const isRefused = second?.ending !== undefined && !this.#isEstablished
    if (this.#isOver || (ending === undefined && !isRefused)) return
    if (second !== undefined && second.ending === undefined && !this.#isDropped) return
    this.#isOver = true
    this.#now = at
    const cause = causeOf(ending, second?.ending)
    // The other leg may have been out of sight; what came shows that it stood.
    if (this.#isProxied && second === undefined && this.#bytes[0] + this.#bytes[1] > 0)
      this.#stands(at)
    this.#end(at, cause)
  }

  #end(at: number, cause: DataEnd): void {
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
    const from = this.#second?.local ?? local
    this.#judge.handle({ type: 'dataDialed', session, connection, local: from }, this.#now)
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
    const isPassive = opening.mode === 'passive'
    const [own, to] = this.#bytes
    // What the proxy delivered: to whoever came, and to whom it connected.
    const from = this.#second?.ending?.bytes[0] ?? own
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
      ...(this.#isProxied ? { isProxied: true } : {}),
    }
  }
}

/** A transfer is whole only if both legs ended well. */
function causeOf(first: Ending | undefined, second: Ending | undefined): DataEnd {
  const causes = [first?.cause, second?.cause]
  return (['cut', 'reset', 'idle'] as const).find((cause) => causes.includes(cause)) ?? 'end'
}
