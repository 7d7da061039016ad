/** The deadlines of one session, by name. */
import type { Instant } from '../../net/instant.ts'

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
  | 'drain'

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

  clearAll(): void {
    this.#at.clear()
  }

  get next(): Instant | undefined {
    let next: Instant | undefined
    for (const at of this.#at.values()) if (next === undefined || at < next) next = at
    return next
  }

  /** Takes out one deadline that has come. */
  takeDue(now: Instant): DeadlineName | undefined {
    for (const [name, at] of this.#at) {
      if (at > now) continue
      this.#at.delete(name)
      return name
    }
    return undefined
  }
}
