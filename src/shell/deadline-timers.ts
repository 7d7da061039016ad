/**
 * One timer a session. Deadlines mostly move away, with every line that arrives; so a timer that
 * fires too early just asks again, and is not set anew each time.
 */
import type { SessionId } from '../engine/id.ts'
import { between, type Instant } from '../net/instant.ts'

interface Armed {
  readonly at: Instant
  readonly timer: NodeJS.Timeout
}

export class DeadlineTimers {
  readonly #armed = new Map<SessionId, Armed>()
  readonly #reached: (session: SessionId) => void

  constructor(reached: (session: SessionId) => void) {
    this.#reached = reached
  }

  /** Sees to it that `reached` is called at `deadline` at the latest; early calls are harmless. */
  arm(session: SessionId, deadline: Instant | undefined, now: Instant): void {
    if (deadline === undefined) return this.clear(session)
    const armed = this.#armed.get(session)
    if (armed !== undefined && armed.at <= deadline) return
    clearTimeout(armed?.timer)
    // A fraction of a millisecond is rounded up, or the timer would fire before its time.
    const timer = setTimeout(
      () => {
        this.#armed.delete(session)
        this.#reached(session)
      },
      Math.max(0, Math.ceil(between(now, deadline))),
    )
    this.#armed.set(session, { at: deadline, timer })
  }

  clear(session: SessionId): void {
    clearTimeout(this.#armed.get(session)?.timer)
    this.#armed.delete(session)
  }

  clearAll(): void {
    for (const { timer } of this.#armed.values()) clearTimeout(timer)
    this.#armed.clear()
  }
}
