/**
 * The packet log on a file, a named pipe or standard output: records become JSON lines through
 * pino, are sealed into the hash chain and written in order (docs/packet-log.md). While the target
 * takes nothing they wait in memory up to a bound; beyond it they are counted, and the count is
 * itself a record as soon as one can be written again.
 */
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { PacketLogRecord } from '../../engine/session/record.ts'
import { duration } from '../../net/instant.ts'
import type { Duration } from '../../net/instant.ts'
import { LineWriter } from './line-writer.ts'
import { identityAt, openLogTarget } from './log-file.ts'
import type { PacketLog } from './packet-log.ts'

export interface PacketLogSettings {
  /** A file path, or `-` for standard output. */
  readonly path: string
  /** What the engine does while records cannot be written; decides how many wait in memory. */
  readonly onFailure: 'deny' | 'continue'
  /** Version of the program, for `log.start`. */
  readonly version: string
  /** Name of the rule file, for `log.start`. */
  readonly rules: string
  /** Which of several processes writes it; stands in `log.start` and at the beginning of each file. */
  readonly worker?: number | undefined
  /** Bytes of records that may wait. */
  readonly bufferBytesMax?: number
  /** Between attempts to write while that fails. */
  readonly retryInterval?: Duration
  /** How long `close` waits for a target that takes nothing. */
  readonly closeTimeout?: Duration
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface ReopenablePacketLog extends PacketLog {
  /**
   * Opens the path again after a rotation has renamed the file. Records go on in the new one, none
   * is lost or cut in two, and its first record continues the chain. Standard output is left as it is.
   * @throws PacketLogError when the path cannot be opened; the file of before stays in use.
   */
  reopen(): Promise<void>
  /** Records that were lost so far: the bound was exceeded, or they were left over at `close`. */
  readonly lostRecords: number
  /** Hash of the last record written. Kept elsewhere, it proves that none was taken out later. */
  readonly head: string
}

/**
 * With `deny` the sessions that are still open go on, and nothing of them is to be lost: about
 * 200 000 records. With `continue` new sessions come as well, and no bound would be large enough.
 */
const BUFFER_BYTES_MAX = { deny: 64 * 2 ** 20, continue: 16 * 2 ** 20 } as const

const RETRY_INTERVAL: Duration = duration(1000)

/** systemd kills a service 90 s after SIGTERM; transfers have had their time before this. */
const CLOSE_TIMEOUT: Duration = duration(5000)

/** Opens the packet log and writes `log.start`. @throws PacketLogError when it cannot be opened. */
export function createPacketLog(settings: PacketLogSettings): ReopenablePacketLog {
  const log = new PinoPacketLog(settings)
  const { version, rules, worker } = settings
  log.write({ type: 'log.start', version, rules, ...(worker === undefined ? {} : { worker }) })
  return log
}

class PinoPacketLog implements ReopenablePacketLog {
  readonly #path: string
  readonly #bufferBytesMax: number
  readonly #writer: LineWriter
  readonly #logger: Logger
  readonly #watchers: ((state: 'failed' | 'recovered', cause: string) => void)[] = []
  #seq = 0
  #isFailing = false
  #closing: Promise<void> | undefined
  #lostRecords = 0
  /** Lost records that no `log.lost` has told of yet. */
  #untoldRecords = 0

  constructor(settings: PacketLogSettings) {
    this.#path = settings.path
    this.#bufferBytesMax = settings.bufferBytesMax ?? BUFFER_BYTES_MAX[settings.onFailure]
    this.#writer = new LineWriter(openLogTarget(settings.path), {
      worker: settings.worker,
      retryInterval: settings.retryInterval ?? RETRY_INTERVAL,
      closeTimeout: settings.closeTimeout ?? CLOSE_TIMEOUT,
      onFailure: (cause) => this.#fail(cause),
      onProgress: () => this.#progress(),
    })
    this.#logger = createRecordLogger(settings.now ?? Date.now, (body) => this.#writer.push(body))
  }

  get lostRecords(): number {
    return this.#lostRecords
  }

  get head(): string {
    return this.#writer.head
  }

  write(record: PacketLogRecord): void {
    const isFull = this.#untoldRecords > 0 || this.#writer.bytes >= this.#bufferBytesMax
    if (!isFull && this.#closing === undefined) {
      this.#stamp(record)
      return
    }
    // It keeps its number, so that the gap shows in the file too.
    this.#seq += 1
    this.#lostRecords += 1
    this.#untoldRecords += 1
    this.#fail('the buffer is full')
  }

  watch(onChange: (state: 'failed' | 'recovered', cause: string) => void): void {
    this.#watchers.push(onChange)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async reopen(): Promise<void> {
    if (this.#path === '-' || this.#closing !== undefined) return
    if (identityAt(this.#path) === this.#writer.identity) this.#writer.retry()
    else await this.#writer.replaceTarget(openLogTarget(this.#path))
  }

  async #close(): Promise<void> {
    this.#tellLost()
    this.#stamp({ type: 'log.stop' })
    this.#lostRecords += await this.#writer.close()
  }

  #stamp(record: PacketLogRecord): void {
    this.#seq += 1
    this.#logger.info(inOrder(this.#seq, record))
  }

  #progress(): void {
    // Not before half the buffer is free: else every second record would be a `log.lost`.
    if (this.#untoldRecords > 0 && this.#writer.bytes > this.#bufferBytesMax / 2) return
    this.#tellLost()
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#notify('recovered', `records lost so far: ${this.#lostRecords}`)
  }

  #tellLost(): void {
    const records = this.#untoldRecords
    if (records === 0) return
    this.#untoldRecords = 0
    this.#stamp({ type: 'log.lost', records })
  }

  #fail(cause: string): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#notify('failed', cause)
  }

  #notify(state: 'failed' | 'recovered', cause: string): void {
    for (const watcher of this.#watchers) watcher(state, cause)
  }
}

/** Pino leaves out what is `undefined`. */
const FIRST = { type: undefined, session: undefined, client: undefined, server: undefined }

/** Who and what come first in every line: a property keeps its place when it gets its value. */
function inOrder(seq: number, record: PacketLogRecord): object {
  return { seq, ...FIRST, ...record }
}

/** `push` gets each record as JSON text on one line, without the line feed. */
function createRecordLogger(now: () => number, push: (body: string) => void): Logger {
  const timestamp = createTimestamp()
  return pino(
    {
      base: null,
      // With the level left out the time comes first, so it has no comma before it.
      formatters: { level: () => ({}) },
      timestamp: () => timestamp(now()),
    },
    { write: (line: string) => push(line.trimEnd().replace(ACTIVE, escapeInJson)) },
  )
}

/** The member `time`; several records have the same, and only the first of them formats it. */
function createTimestamp(): (milliseconds: number) => string {
  let last = Number.NaN
  let text = ''
  return (milliseconds) => {
    if (milliseconds !== last) text = `"time":"${new Date(milliseconds).toISOString()}"`
    last = milliseconds
    return text
  }
}

/**
 * Text of peers arrives escaped. Should any text not be, JSON alone would let these through: DEL,
 * C1 controls, line separators and bidirectional controls, which a terminal acts upon.
 */
const ACTIVE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u061c\ufeff]/g

function escapeInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
