/** Static ranges in a worker: the primary listens, and hands over who comes. */
import type { Socket } from 'node:net'
import type { PinholeId } from '../../engine/id.ts'
import type { Port } from '../../net/port.ts'
import type { ListeningRange, RangeListeners } from '../data-path/range-listeners.ts'
import type { ToPrimary } from './protocol.ts'

export class RemoteRanges implements RangeListeners {
  readonly #send: (message: ToPrimary) => void
  readonly #unanswered = new Map<PinholeId, (missing: readonly Port[]) => void>()
  #onConnection: (socket: Socket) => void = (socket) => socket.destroy()

  constructor(send: (message: ToPrimary) => void) {
    this.#send = send
  }

  /** Who takes what comes. */
  for(onConnection: (socket: Socket) => void): this {
    this.#onConnection = onConnection
    return this
  }

  open(range: ListeningRange, answer: (missing: readonly Port[]) => void): void {
    this.#unanswered.set(range.id, answer)
    this.#send({ type: 'openRange', range })
  }

  /** One that was not answered yet still is: with all of its ports missing. */
  close(range: ListeningRange): void {
    this.#send({ type: 'closeRange', range })
  }

  /** The primary has answered. */
  opened(id: PinholeId, missing: readonly Port[]): void {
    const answer = this.#unanswered.get(id)
    this.#unanswered.delete(id)
    answer?.(missing)
  }

  /** Somebody has come: a paused, unread socket. */
  connected(socket: Socket): void {
    this.#onConnection(socket)
  }
}
