/**
 * Notices when a rule file has no place for anything in a capture: then it is mostly the capture of
 * another place, or taken on the other side of the proxy, and the refusals say little.
 */
import type { SessionId } from '../engine/id.ts'
import type { ReplayRecord, ReplaySink } from './record.ts'

/** Servers that are named. */
const NAMED_MAX = 3

export class RefusedServers implements ReplaySink {
  readonly #sink: ReplaySink
  readonly #servers = new Set<string>()
  #isOther = false

  constructor(sink: ReplaySink) {
    this.#sink = sink
  }

  record(record: ReplayRecord, at: number, session?: SessionId): void {
    this.#sink.record(record, at, session)
    if (record.type === 'session.refused' && record.reason === 'rule.none') {
      if (this.#servers.size <= NAMED_MAX) this.#servers.add(record.server)
    } else if (record.type === 'session.open' || record.type === 'session.refused') {
      this.#isOther = true
    }
  }

  over(session: SessionId): void {
    this.#sink.over?.(session)
  }

  /** What to look at, when every session was refused because no rule is about it. */
  get hint(): string | undefined {
    if (this.#isOther || this.#servers.size === 0) return undefined
    const servers = [...this.#servers].slice(0, NAMED_MAX).join(', ')
    const more = this.#servers.size > NAMED_MAX ? ' and others' : ''
    return (
      `every session was refused: no rule permits control connections to ${servers}${more}. ` +
      'If another listener of the rules is meant, name it (--listener NAME); ' +
      'otherwise look at "to:" of the rules.'
    )
  }
}
