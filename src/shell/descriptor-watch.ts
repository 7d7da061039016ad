/**
 * Tells when file descriptors run short. With none left the operating system closes who connects
 * without a word, and nobody here learns of it; so clients are turned away before, while there is a
 * descriptor to tell them with. A new descriptor is the lowest that is free: one above a line says
 * that all below are taken, and nothing has to be counted.
 */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { descriptorLimit, reserveOf } from './descriptors.ts'
import { errorCode } from './error-code.ts'
import { descriptorOf } from './native/sockets.ts'

/** An administrator may change the limit of a running process, and others may use theirs up. */
const LOOK_MS = 1_000

export class DescriptorWatch {
  readonly #logger: Logger
  readonly #readLimit: () => number | undefined
  readonly #timer: NodeJS.Timeout
  /** Descriptors from here on are not for sessions. */
  #line = Number.POSITIVE_INFINITY
  #wasShort = false
  #isTold = false

  constructor(logger: Logger, readLimit: () => number | undefined = descriptorLimit) {
    this.#logger = logger
    this.#readLimit = readLimit
    this.look()
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** Whether a connection that was just accepted is one too many. */
  isShort(socket: Socket): boolean {
    const descriptor = descriptorOf(socket)
    if (descriptor === undefined || descriptor < this.#line) return false
    this.#foundShort('descriptors run short: new clients are refused')
    return true
  }

  /** Reads the limit again; this takes a descriptor, and so shows whether there is one. */
  look(): void {
    const wasShort = this.#wasShort
    this.#wasShort = false
    try {
      const limit = this.#readLimit()
      this.#line =
        limit === undefined ? Number.POSITIVE_INFINITY : limit - Math.floor(reserveOf(limit) / 2)
    } catch (error) {
      this.#foundShort(
        `no descriptor is left (${errorCode(error)}): clients are cut off without a word or a record`,
      )
    }
    if (wasShort || this.#wasShort || !this.#isTold) return
    this.#isTold = false
    this.#logger.info('descriptors are free again')
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #foundShort(message: string): void {
    this.#wasShort = true
    if (this.#isTold) return
    this.#isTold = true
    this.#logger.error(message)
  }
}
