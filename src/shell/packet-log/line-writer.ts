/**
 * Writes sealed records to a file or a pipe, in order, without blocking and without ending the
 * process when that is impossible. What pino brings for this, sonic-boom, cannot be used: on reopen
 * it follows symbolic links and leaves one half of a line in either file; after EPIPE
 * `pino.destination` discards everything in silence; and neither can say how many records were lost.
 */
import type { Buffer } from 'node:buffer'
import { close, fsync, fstatSync, ftruncateSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { duration } from '../../net/instant.ts'
import type { Duration } from '../../net/instant.ts'
import { causeOf, type LogTarget } from './log-file.ts'
import { SealingQueue } from './sealing-queue.ts'

/** Written at once to a file; larger gains nothing. */
const FILE_CHUNK_BYTES = 65_536

/** PIPE_BUF: a write of so many bytes goes into a pipe whole or not at all. */
const PIPE_CHUNK_BYTES = 4096

/** How soon a full pipe is tried again. */
const STALL_INTERVAL: Duration = duration(50)

export interface LineWriterOptions {
  /** Which of several processes writes, for the first line of each file. */
  readonly worker?: number | undefined
  /** Between attempts to write to a target that fails. */
  readonly retryInterval: Duration
  /** How long `close` waits while the target takes nothing. */
  readonly closeTimeout: Duration
  /** Nothing can be written. Called once until `onProgress`. `cause` as the system says it. */
  readonly onFailure: (cause: string) => void
  /** Something was written. */
  readonly onProgress: () => void
}

export class LineWriter {
  readonly #options: LineWriterOptions
  readonly #queue: SealingQueue
  #target: LogTarget
  #isWriting = false
  #isFailing = false
  /** `close` was called: a target that fails is not waited for. */
  #isClosing = false
  /** `close` is through: nothing is written any more. */
  #isOver = false
  /** Time without progress since the last write, as far as it was spent waiting. */
  #stalled = 0
  #timer: NodeJS.Timeout | undefined
  #nextTarget: LogTarget | undefined
  #onTargetChanged: (() => void)[] = []
  #onIdle: (() => void) | undefined
  #giveUpTimer: NodeJS.Timeout | undefined

  constructor(target: LogTarget, options: LineWriterOptions) {
    this.#options = options
    this.#queue = new SealingQueue(options.worker)
    this.#target = target
    this.#queue.continueAt(target.head, target.isEmpty)
  }

  /** Bytes waiting. The caller sets the bound. */
  get bytes(): number {
    return this.#queue.bytes
  }

  /** Hash of the last record written. */
  get head(): string {
    return this.#queue.head
  }

  get identity(): string {
    return this.#target.identity
  }

  push(body: string): void {
    this.#queue.push(body)
    this.#pump()
  }

  /** Tries again now what failed. */
  retry(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pump()
  }

  /**
   * Goes on in `target` as soon as no line is half written; records that the present target does
   * not take go there too. The present one is closed.
   */
  replaceTarget(target: LogTarget): Promise<void> {
    return new Promise((resolve) => {
      const superseded = this.#nextTarget
      if (superseded !== undefined) closeTarget(superseded)
      this.#nextTarget = target
      this.#onTargetChanged.push(resolve)
      this.retry()
    })
  }

  /** Writes what can still be written. @returns how many records could not be. */
  async close(): Promise<number> {
    if (this.#isClosing) return this.#queue.records
    this.#isClosing = true
    await this.#untilIdle()
    this.#isOver = true
    clearTimeout(this.#timer)
    clearTimeout(this.#giveUpTimer)
    // The descriptor of a write that hangs stays with it.
    if (!this.#isWriting) await syncAndClose(this.#target)
    return this.#queue.records
  }

  /** Until nothing waits, or the target has taken nothing for `closeTimeout`. */
  #untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#giveUpTimer = setTimeout(resolve, this.#options.closeTimeout)
      this.#onIdle = () => {
        clearTimeout(this.#giveUpTimer)
        resolve()
      }
      this.retry()
    })
  }

  #pump(): void {
    if (this.#isWriting || this.#isOver || this.#timer !== undefined) return
    if (this.#nextTarget !== undefined && (this.#isFailing || this.#queue.partialBytes === 0))
      this.#changeTarget(this.#nextTarget)
    const bytes = this.#queue.next(this.#target.isRegular ? FILE_CHUNK_BYTES : PIPE_CHUNK_BYTES)
    if (bytes.length === 0) this.#onIdle?.()
    else this.#write(bytes)
  }

  #write(bytes: Buffer): void {
    this.#isWriting = true
    write(this.#target.fd, bytes, 0, bytes.length, null, (error, count) => {
      this.#isWriting = false
      if (this.#isOver) return
      if (error !== null) this.#failed(causeOf(error))
      else if (count === 0) this.#failed('EAGAIN')
      else this.#wrote(count)
    })
  }

  #wrote(count: number): void {
    this.#queue.written(count)
    this.#stalled = 0
    this.#isFailing = false
    this.#giveUpTimer?.refresh()
    this.#options.onProgress()
    this.#pump()
  }

  /** Whoever is told may write records at once, so the timer is set before. */
  #failed(cause: string): void {
    const isStall = cause === 'EAGAIN' || cause === 'EINTR'
    this.#wait(isStall ? STALL_INTERVAL : this.#options.retryInterval)
    if (isStall) {
      this.#stalled += STALL_INTERVAL
      if (this.#stalled >= this.#options.retryInterval) this.#report(cause)
      return
    }
    // The next reader of a pipe gets whole lines; in a file the rest of the line may follow.
    if (!this.#target.isRegular) this.#queue.rewind()
    this.#report(cause)
    if (this.#isClosing) this.#onIdle?.()
  }

  #report(cause: string): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#options.onFailure(cause)
  }

  /** Only `close` keeps the process alive for a timer, and not for long. */
  #wait(length: Duration): void {
    this.#timer = setTimeout(() => this.retry(), length)
    if (!this.#isClosing) this.#timer.unref()
  }

  #changeTarget(target: LogTarget): void {
    const old = this.#target
    takeBack(old, this.#queue.partialBytes)
    closeTarget(old)
    this.#target = target
    this.#nextTarget = undefined
    // A new file continues this chain; one that holds records already continues its own.
    this.#queue.continueAt(target.isEmpty ? this.#queue.head : target.head, target.isEmpty)
    for (const resolve of this.#onTargetChanged.splice(0)) resolve()
  }
}

const syncFile = promisify(fsync)
const closeFile = promisify(close)

/** Takes the half line back that a file was left with, so that no reader meets it. */
function takeBack(target: LogTarget, partialBytes: number): void {
  if (partialBytes === 0 || !target.isRegular) return
  try {
    ftruncateSync(target.fd, fstatSync(target.fd).size - partialBytes)
  } catch {
    // An append-only file (chattr +a) keeps it. The line stands in the next file as a whole.
  }
}

function closeTarget(target: LogTarget): void {
  void syncAndClose(target)
}

/** Standard output itself is never closed: others write there too. */
async function syncAndClose(target: LogTarget): Promise<void> {
  // Not every target can be synced, and a failing disk has been reported already.
  await syncFile(target.fd).catch(() => undefined)
  if (target.fd > 2) await closeFile(target.fd).catch(() => undefined)
}
