/**
 * Changes of the ruleset, collected for one turn of the event loop and given to the kernel as one
 * transaction: most of what a transaction costs does not depend on how much is in it. A transaction
 * that fails changes nothing; then it is halved until the change that is to blame stands alone, so
 * that no session suffers from another one's.
 */

export interface Change {
  /** Commands of nft; they take effect together or not at all. */
  readonly text: string
  /** Called once, when the kernel has answered, and never before `push` returned. */
  readonly settled?: (error: Error | undefined) => void
}

/** Changes in one transaction: their text is to fit into the buffers of a netlink socket. */
const CHANGES_MAX = 1000

export class TransactionQueue {
  readonly #run: (text: string) => void
  #changes: Change[] = []
  #scheduled: NodeJS.Immediate | undefined

  /** `run` performs one transaction and throws when it was refused. */
  constructor(run: (text: string) => void) {
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
    for (let at = 0; at < changes.length; at += CHANGES_MAX)
      this.#perform(changes.slice(at, at + CHANGES_MAX))
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
    const text = changes.map((change) => change.text).join('')
    if (text === '') return undefined
    try {
      this.#run(text)
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}
