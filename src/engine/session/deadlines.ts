/** The deadlines of one session, by name. */
import type { Instant } from '../../net/instant.ts'
import type { Side } from './event.ts'
import type { Reason } from './reason.ts'

export type DeadlineName =
  | 'connect'
  | 'greeting'
  | 'login'
  | 'idle'
  | 'client-line'
  | 'server-line'
  | 'reply'
  | 'pinhole'
  | 'abor'
  | 'data-lag'
  | 'data-unused'
  | 'drain'
  | 'handshake'
  | 'clearing'
  | 'urgent'

type FatalDeadline = Exclude<
  DeadlineName,
  'pinhole' | 'abor' | 'data-lag' | 'data-unused' | 'urgent'
>

/** Deadlines that end the session, and whose operation it was that took too long. */
export const FATAL_DEADLINES: Readonly<Record<FatalDeadline, readonly [Reason, Side]>> = {
  connect: ['timeout.connect', 'server'],
  greeting: ['timeout.greeting', 'server'],
  login: ['timeout.login', 'client'],
  idle: ['timeout.idle', 'client'],
  'client-line': ['timeout.line', 'client'],
  'server-line': ['timeout.line', 'server'],
  reply: ['timeout.reply', 'server'],
  drain: ['draining', 'server'],
  handshake: ['timeout.handshake', 'client'],
  clearing: ['timeout.clearing', 'server'],
}

export class Deadlines {
  readonly #at = new Map<DeadlineName, Instant>()

  set(name: DeadlineName, at: Instant): void {
    this.#at.set(name, at)
  }

  /** Leaves a deadline that is already set as it is: what drips does not win time. */
  setOnce(name: DeadlineName, at: Instant): void {
    if (!this.#at.has(name)) this.#at.set(name, at)
  }

  clear(name: DeadlineName): void {
    this.#at.delete(name)
  }

  has(name: DeadlineName): boolean {
    return this.#at.has(name)
  }

  /** The control connection has ended: what still runs is bounded by the drain alone. */
  clearAllButDrain(): void {
    for (const name of this.#at.keys()) if (name !== 'drain') this.#at.delete(name)
  }

  get next(): Instant | undefined {
    let next: Instant | undefined
    for (const at of this.#at.values()) if (next === undefined || at < next) next = at
    return next
  }

  /** Takes out the earliest deadline that has come. */
  takeDue(now: Instant): DeadlineName | undefined {
    let due: DeadlineName | undefined
    let earliest: Instant = now
    for (const [name, at] of this.#at) {
      if (at > earliest || (at === earliest && due !== undefined)) continue
      due = name
      earliest = at
    }
    if (due !== undefined) this.#at.delete(due)
    return due
  }
}
