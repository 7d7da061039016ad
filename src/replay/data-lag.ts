/**
 * When a transfer ends well and nobody has come through its pinhole, the engine gives the report of
 * the data connection a moment, and holds commands meanwhile. In a capture of control connections
 * alone nothing will ever be reported: there the moment is over at once, or a client that was quick
 * would be lost behind it. What a capture has of a data connection comes before the end of the
 * transfer; should it come late, its pinhole is still open.
 */
import { verbTraits } from '../engine/ftp/verb.ts'
import type { SessionId } from '../engine/id.ts'
import { DATA_LAG } from '../engine/session/limits.ts'
import { after, instant } from '../net/instant.ts'
import type { ReplayRecord } from './record.ts'

export class DataLag {
  readonly #openings = new Map<SessionId, number>()
  #isTransferOver = false

  /** An event begins; what it brings about is told to `record`. */
  begin(): void {
    this.#isTransferOver = false
  }

  record(record: ReplayRecord): void {
    switch (record.type) {
      case 'pinhole.open':
        return this.#count(record.session, 1)
      case 'pinhole.close':
        return this.#count(record.session, -1)
      case 'session.close':
        this.#openings.delete(record.session)
        return
      case 'control.reply':
        if (record.code >= 200 && record.code < 300 && isTransfer(record.verb))
          this.#isTransferOver = true
        return
      default:
    }
  }

  /** Whether `due`, the next deadline behind an event at `at`, is the end of that moment. */
  isOver(session: SessionId, at: number, due: number | undefined): boolean {
    const hasPinhole = this.#openings.has(session)
    return this.#isTransferOver && hasPinhole && due === after(instant(at), DATA_LAG)
  }

  #count(session: SessionId, change: number): void {
    const count = (this.#openings.get(session) ?? 0) + change
    if (count > 0) this.#openings.set(session, count)
    else this.#openings.delete(session)
  }
}

function isTransfer(verb: string | undefined): boolean {
  return verb !== undefined && verbTraits(verb).transfer !== undefined
}
