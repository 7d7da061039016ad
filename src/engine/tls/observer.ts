/**
 * Watches a TLS connection that passes through unopened. Bytes of either side go in; out come the
 * bytes to pass on, what could be learnt from them, and the place where a side has gone back to
 * clear text. It changes nothing and decides nothing that rules may decide (see `policy.ts`); but
 * bytes that are no TLS, and clear text where no handshake has been completed or given up, are a
 * violation under any rules.
 *
 * Facts are to be judged before the bytes they came with are passed on. One observer follows one
 * TLS connection: after a second AUTH there is a second one.
 */
import { Direction } from './direction.ts'
import {
  type TlsFact,
  type TlsProblem,
  tlsProblem,
  type TlsProgress,
  type TlsSide,
  type TlsViolation,
} from './fact.ts'
import { TLS_LIMITS, type TlsLimits } from './limits.ts'
import { Negotiation } from './negotiation.ts'
import { RecordFramer } from './record.ts'

export interface ObservedBytes {
  /**
   * To be passed on untouched: the chunk without its clear end and without the first bytes of a
   * record header that is not whole, after those of the chunk before.
   */
  readonly opaque: Uint8Array
  /** In the order in which they came true. */
  readonly facts: readonly TlsFact[]
  /** Index in the chunk of the first byte of clear text; 0 ever after. */
  readonly clearFrom?: number
  /** Then nothing of the chunk is to be passed on, and nothing of any later one. */
  readonly violation?: TlsViolation
}

const EMPTY = new Uint8Array(0)

interface Half {
  readonly direction: Direction
  readonly framer: RecordFramer
}

export class TlsObserver {
  readonly #negotiation = new Negotiation()
  readonly #halves: Readonly<Record<TlsSide, Half>>
  readonly #isClear = { client: false, server: false }
  #violation: TlsViolation | undefined

  constructor(limits: TlsLimits = TLS_LIMITS) {
    const half = (side: TlsSide): Half => {
      const direction = new Direction(side, this.#negotiation, limits)
      return { direction, framer: new RecordFramer(direction, limits.emptyRecordsMax) }
    }
    this.#halves = { client: half('client'), server: half('server') }
  }

  get progress(): TlsProgress {
    return this.#negotiation.progress
  }

  /** Whether what this side sends is clear text again. */
  isClear(side: TlsSide): boolean {
    return this.#isClear[side]
  }

  /** Bytes held for both directions; bounded by the limits. */
  get bufferedBytes(): number {
    const { client, server } = this.#halves
    return [client, server].reduce(
      (sum, { direction, framer }) => sum + direction.bufferedBytes + framer.bufferedBytes,
      0,
    )
  }

  /** Takes the next bytes that `side` has sent. */
  take(side: TlsSide, bytes: Uint8Array): ObservedBytes {
    if (this.#violation !== undefined)
      return { opaque: EMPTY, facts: [], violation: this.#violation }
    const { opaque, clearFrom, problem } = this.#halves[side].framer.take(bytes)
    const wrong = problem ?? (clearFrom === undefined ? undefined : this.#turnClear(side))
    const facts = this.#negotiation.takeFacts()
    if (wrong !== undefined) {
      this.#violation = { side, ...wrong }
      return { opaque: EMPTY, facts, violation: this.#violation }
    }
    return clearFrom === undefined ? { opaque, facts } : { opaque, facts, clearFrom }
  }

  #turnClear(side: TlsSide): TlsProblem | undefined {
    if (this.#isClear[side]) return undefined
    const { direction, framer } = this.#halves[side]
    const progress = this.#negotiation.progress
    if (progress !== 'established' && progress !== 'failed')
      return tlsProblem(framer.hasRecords ? 'tls.framing' : 'tls.expected', 'clear text')
    this.#isClear[side] = true
    this.#negotiation.note({
      type: 'clear',
      side,
      after: progress,
      hasCloseNotify: direction.endedWithCloseNotify,
      applicationRecords: this.#negotiation.applicationRecords,
    })
    return undefined
  }
}
