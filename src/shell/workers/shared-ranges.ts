/**
 * The ports of static ranges, which sessions of several workers share: the primary listens on them for
 * all, as long as one of them wants it.
 */
import type { Socket } from 'node:net'
import type { PinholeId } from '../../engine/id.ts'
import type { Port } from '../../net/port.ts'
import { PinholeListeners } from '../data-path/pinhole-listeners.ts'
import { type ListeningRange, OwnRangeListeners } from '../data-path/range-listeners.ts'

export class SharedRanges {
  readonly #listeners: PinholeListeners
  readonly #ranges: OwnRangeListeners
  /** By worker, what a process of it has open. */
  readonly #openOf = new Map<number, Map<PinholeId, ListeningRange>>()

  /** Sockets come paused, unread and without an `error` listener. */
  constructor(onConnection: (socket: Socket) => void) {
    this.#listeners = new PinholeListeners(onConnection)
    this.#ranges = new OwnRangeListeners(this.#listeners)
  }

  /** Listening sockets in use. */
  get size(): number {
    return this.#listeners.size
  }

  open(worker: number, range: ListeningRange, answer: (missing: readonly Port[]) => void): void {
    const open = this.#openOf.get(worker) ?? new Map<PinholeId, ListeningRange>()
    this.#openOf.set(worker, open.set(range.id, range))
    this.#ranges.open(range, answer)
  }

  close(worker: number, { id }: ListeningRange): void {
    const open = this.#openOf.get(worker)
    const range = open?.get(id)
    if (range === undefined) return
    open?.delete(id)
    this.#ranges.close(range)
  }

  /** Its process has ended, and told nobody. */
  closeAllOf(worker: number): void {
    for (const range of this.#openOf.get(worker)?.values() ?? []) this.close(worker, range)
  }

  closeAll(): void {
    this.#listeners.closeAll()
  }
}
