/**
 * Changes of the ruleset, collected for one turn of the event loop and given to the kernel as one
 * transaction: most of what a transaction costs does not depend on how much is in it. A transaction
 * that fails changes nothing; then it is halved until the change that is to blame stands alone, so
 * that no session suffers from another one's.
 */
import type { Command } from './elements.ts'
import type { RunTransaction } from './kernel.ts'

export interface Change {
  /** They take effect together or not at all. */
  readonly commands: readonly Command[]
  /** Called once, when the kernel has answered, and never before `push` returned. */
  readonly settled?: (error: Error | undefined) => void
}

/** Commands in one transaction: they are to fit into the buffer of a netlink socket. */
const COMMANDS_MAX = 1000

export class TransactionQueue {
  readonly #run: RunTransaction
  #changes: Change[] = []
  #scheduled: NodeJS.Immediate | undefined

  /** `run` performs one transaction and throws when it was refused. */
  constructor(run: RunTransaction) {
    this.#run = run
  }

  push(change: Change): void {
    this.#changes.push(change)
    this.#scheduled ??= setImmediate(() => this.flush())
  }

  /** Performs what was pushed, now. What the answers push is left for the next turn. */
  flush(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const changes = this.#changes
    this.#changes = []
    let batch: Change[] = []
    let size = 0
    for (const change of changes) {
      if (size > 0 && size + change.commands.length > COMMANDS_MAX) {
        this.#perform(batch)
        batch = []
        size = 0
      }
      batch.push(change)
      size += change.commands.length
    }
    this.#perform(batch)
  }

  #perform(changes: readonly Change[]): void {
    const error = this.#attempt(changes)
    if (error !== undefined && changes.length > 1) {
      const half = changes.length >> 1
      this.#perform(changes.slice(0, half))
      this.#perform(changes.slice(half))
      return
    }
    for (const { settled } of changes) settled?.(error)
  }

  #attempt(changes: readonly Change[]): Error | undefined {
    const commands = changes.flatMap((change) => change.commands)
    if (commands.length === 0) return undefined
    try {
      this.#run(commands)
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}
