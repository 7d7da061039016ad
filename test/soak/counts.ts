/** What happened on this side of the firewall. */
import { escapeBytes } from '../../src/net/escape.ts'

/** So many of each kind of complaint are kept as text; all are counted. */
const KEPT_MAX = 20

export class Counts {
  readonly #tell: (text: string) => void
  friendlySessions = 0
  hostileVisits = 0
  transfers = 0
  bytes = 0
  aborted = 0
  wrongBytes = 0
  friendlyFailures = 0
  /** What a hostile peer was let do. */
  breaches = 0
  /** A sentence about each of the first. */
  readonly complaints: string[] = []
  readonly sessionsBy: Map<string, number> = new Map()
  readonly visitsBy: Map<string, number> = new Map()

  /** `tell` hears of each complaint at once. */
  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  transfer(bytes: number, isRight: boolean, what: string): void {
    this.transfers += 1
    this.bytes += bytes
    if (isRight) return
    this.wrongBytes += 1
    this.#complain(`wrong bytes: ${what}`)
  }

  friendlyFailure(what: string): void {
    this.friendlyFailures += 1
    this.#complain(`a friendly session failed: ${what}`)
  }

  breach(what: string): void {
    this.breaches += 1
    this.#complain(`a hostile peer got through: ${what}`)
  }

  /** What peers sent is in it, and it is read on a terminal. */
  #complain(complaint: string): void {
    const lines = complaint.split('\n').map((line) => escapeBytes(Buffer.from(line, 'latin1')))
    const text = lines.join('\n')
    this.#tell(text)
    if (this.complaints.length < KEPT_MAX) this.complaints.push(text)
  }
}

export function increment(map: Map<string, number>, key: string, by: number = 1): void {
  map.set(key, (map.get(key) ?? 0) + by)
}
