/** The channel of a worker to the primary. */
import type { Socket } from 'node:net'
import { parseToWorker, type ToPrimary, type ToWorker } from './protocol.ts'

/** What is used of `process`. */
export interface Channel {
  send?(message: object, callback: (error: Error | null) => void): unknown
  on(event: 'message', listener: (message: unknown, socket: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
  disconnect?(): void
  readonly connected?: boolean
}

/**
 * How often is told what was counted: until then the primary keeps its descriptors of sockets that have
 * come here. At a limit it asks, so that nobody is refused for a session that is over.
 */
const PROGRESS_MS = 50

/** `socket` where one belongs to the message, and was not closed on its way. */
export type TakeMessage = (message: ToWorker, socket: Socket | undefined) => void

export class PrimaryLink {
  readonly #channel: Channel
  /** The primary has gone. */
  readonly lost: Promise<void>
  #received = 0
  #over = 0
  #timer: NodeJS.Timeout | undefined

  constructor(channel: Channel) {
    this.#channel = channel
    this.lost = new Promise((resolve) => channel.once('disconnect', resolve))
  }

  /** @throws, inside the event, when the primary speaks nonsense: nobody knows what else is wrong. */
  listen(take: TakeMessage): void {
    this.#channel.on('message', (value, handle) => {
      const message = parseToWorker(value)
      if (message === undefined) throw new Error('the primary speaks nonsense')
      if (message.type === 'client' || message.type === 'data') this.#countReceived()
      take(message, handle as Socket | undefined)
    })
  }

  /** What cannot be said any more is not missed: `lost` tells. */
  send(message: ToPrimary): void {
    if (this.#channel.connected === true) this.#channel.send?.(message, () => undefined)
  }

  /** A session that counts is over; told together with others that are over at about the same time. */
  sessionOver(): void {
    this.#over += 1
    this.#flushSoon()
  }

  /** Tells what was counted. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#received === 0 && this.#over === 0) return
    this.send({ type: 'progress', received: this.#received, over: this.#over })
    this.#received = 0
    this.#over = 0
  }

  /** Nothing is said any more, and the channel does not keep the process alive. */
  close(): void {
    this.flush()
    if (this.#channel.connected === true) this.#channel.disconnect?.()
  }

  #countReceived(): void {
    this.#received += 1
    this.#flushSoon()
  }

  /** A message for each session would cost as much as handing it over. */
  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), PROGRESS_MS)
  }
}
