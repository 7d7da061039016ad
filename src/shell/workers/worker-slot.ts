/**
 * One worker as the primary sees it: the process that runs now, and after it the next one that takes
 * its place. What a process had dies with it; clients that it was not yet given wait for the next.
 */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Duration, Instant } from '../../net/instant.ts'
import { between } from '../../net/instant.ts'
import { delay } from '../data-path/delay.ts'
import { now } from '../system-clock.ts'
import {
  encodeToWorker,
  parseToPrimary,
  type Question,
  type Start,
  type ToPrimary,
  type ToWorker,
} from './protocol.ts'
import { RestartDelay } from './restart-delay.ts'
import { WorkerError } from './worker-error.ts'
import type { ForkWorker, WorkerProcess } from './worker-process.ts'

/** Sockets that wait to be taken. More come only to a worker that does nothing any more. */
const HELD_MAX = 1_024
/** A worker that does not answer within this has other troubles. */
const ANSWER_MS = 8_000

type RangeMessage = Extract<ToPrimary, { type: 'openRange' | 'closeRange' }>

export interface WorkerSlotOptions {
  readonly worker: number
  readonly fork: ForkWorker
  /** What a process is told first. */
  readonly start: () => Start
  readonly logger: Logger
  readonly onRange: (message: RangeMessage) => void
  /** The process is gone, and with it its sessions. */
  readonly onGone: () => void
}

interface Held {
  readonly message: ToWorker
  readonly socket: Socket
}

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

interface Beginning {
  readonly resolve: () => void
  readonly reject: (error: WorkerError) => void
}

export class WorkerSlot {
  readonly #options: WorkerSlotOptions
  readonly #restartDelay = new RestartDelay()
  #process: WorkerProcess | undefined
  #bornAt: Instant = now()
  /** It listens. */
  #isThere = false
  #isReady = false
  #beginning: Beginning | undefined
  /** Sockets that no process said it has; the first {@link #sent} were sent to this one. */
  #held: Held[] = []
  #sent = 0
  #sessions = 0
  readonly #asked = new Map<number, Asked>()
  #lastQuestion = 0
  #restart: NodeJS.Timeout | undefined
  #onEnded: (() => void) | undefined
  #ending: Promise<void> | undefined

  constructor(options: WorkerSlotOptions) {
    this.#options = options
  }

  /** Sessions within the limit that it has, or is about to get. */
  get sessions(): number {
    return this.#sessions
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Resolves when the first process is ready. Rejects with a WorkerError. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#beginning = { resolve, reject }
      this.#fork()
    })
  }

  /** Gives it a socket, which must be paused and unread. */
  hand(message: ToWorker, socket: Socket): void {
    socket.on('error', () => undefined)
    if (this.#ending !== undefined || this.#held.length >= HELD_MAX) {
      socket.resetAndDestroy()
      return
    }
    if (isSession(message)) this.#sessions += 1
    this.#held.push({ message, socket })
    this.#sendHeld()
  }

  /** Tells the process that runs, if one does. */
  tell(message: ToWorker): void {
    if (this.#isReady) this.#process?.send(encodeToWorker(message))
  }

  /** Resolves to its answer, and to nothing where no process runs. Rejects when it refuses. */
  ask(question: Question): Promise<unknown> {
    if (!this.#isReady) return Promise.resolve(undefined)
    this.#lastQuestion += 1
    const id = this.#lastQuestion
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answered(id, noAnswer(this.#options.worker)), ANSWER_MS)
      this.#asked.set(id, { resolve, reject, timer })
      this.tell({ type: 'question', id, question })
    })
  }

  /** Resolves when its process has ended: by itself, or killed after `patience`. No other follows. */
  end(how: 'drain' | 'stop', patience: Duration): Promise<void> {
    this.#ending ??= new Promise((resolve) => {
      this.#onEnded = resolve
    })
    clearTimeout(this.#restart)
    const process = this.#process
    if (process === undefined) this.#over()
    else if (!this.#isThere) process.kill()
    else {
      process.send({ type: how })
      setTimeout(() => {
        if (this.#process !== process) return
        this.#options.logger.error(`worker ${this.#options.worker} does not end: it is killed`)
        process.kill()
      }, delay(patience)).unref()
    }
    return this.#ending
  }

  #fork(): void {
    this.#bornAt = now()
    this.#process = this.#options.fork({
      message: (value) => this.#heard(parseToPrimary(value)),
      end: (how) => this.#ended(how),
    })
  }

  #heard(message: ToPrimary | undefined): void {
    switch (message?.type) {
      case 'hello':
        this.#isThere = true
        this.#process?.send(encodeToWorker({ type: 'start', ...this.#options.start() }))
        return
      case 'ready':
        return this.#ready()
      case 'failed':
        return this.#failed(message.message)
      case 'progress':
        return this.#progress(message.received, message.over)
      case 'openRange':
      case 'closeRange':
        return this.#options.onRange(message)
      case 'answer':
        return this.#answered(message.id, message.value)
      case 'refusal':
        return this.#answered(message.id, new Error(message.message))
      case undefined:
        // Nobody knows what else is wrong with it.
        this.#options.logger.error(`worker ${this.#options.worker} speaks nonsense: it is killed`)
        this.#process?.kill()
    }
  }

  #ready(): void {
    const { worker, logger } = this.#options
    this.#isReady = true
    logger.info({ worker, pid: this.pid }, `worker ${worker} is ready`)
    this.#beginning?.resolve()
    this.#beginning = undefined
    this.#sendHeld()
  }

  /** Only the first process of all keeps everything from starting. */
  #failed(message: string): void {
    if (this.#beginning === undefined)
      this.#options.logger.error(`worker ${this.#options.worker} cannot start: ${message}`)
    this.#beginning?.reject(new WorkerError(message))
    this.#beginning = undefined
  }

  #progress(received: number, over: number): void {
    for (const { socket } of this.#held.splice(0, received)) socket.destroy()
    this.#sent = Math.max(0, this.#sent - received)
    this.#sessions = Math.max(0, this.#sessions - over)
  }

  #sendHeld(): void {
    // One that is dying loses its channel first: who comes now waits for the next.
    if (!this.#isReady || this.#process?.isConnected !== true) return
    for (const { message, socket } of this.#held.slice(this.#sent))
      this.#process?.send(encodeToWorker(message), socket)
    this.#sent = this.#held.length
  }

  #answered(id: number, value: unknown): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    this.#asked.delete(id)
    clearTimeout(asked.timer)
    if (value instanceof Error) asked.reject(value)
    else asked.resolve(value)
  }

  #ended(how: string): void {
    const { worker, logger, onGone } = this.#options
    this.#process = undefined
    this.#isThere = false
    this.#isReady = false
    // They may have been spoken to: another greeting would be a lie.
    for (const { socket } of this.#held.splice(0, this.#sent)) socket.resetAndDestroy()
    this.#sent = 0
    this.#sessions = this.#held.filter(({ message }) => isSession(message)).length
    for (const id of this.#asked.keys()) this.#answered(id, noAnswer(worker))
    onGone()
    if (this.#ending !== undefined) return this.#over()
    if (this.#beginning !== undefined)
      return this.#failed(`worker ${worker} ended before it was ready (${how})`)
    const wait = this.#restartDelay.after(between(this.#bornAt, now()))
    logger.error(
      { worker, restartMs: wait },
      `worker ${worker} has ended (${how}), and its sessions with it: another takes its place`,
    )
    this.#restart = setTimeout(() => this.#fork(), delay(wait))
  }

  /** The last process has ended. */
  #over(): void {
    for (const { socket } of this.#held.splice(0)) socket.resetAndDestroy()
    this.#onEnded?.()
  }
}

/** Whether it stands for a session that counts. */
function isSession(message: ToWorker): boolean {
  return message.type === 'client' && !message.isOneTooMany
}

function noAnswer(worker: number): Error {
  return new Error(`worker ${worker} does not answer`)
}
