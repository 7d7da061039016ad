/**
 * What operators read on standard error: start, stop, reloads, failures. One JSON object a line, or
 * readable text on a terminal. Written at once, so that the last words before an exit are seen, and
 * never waited for: a line that standard error does not take is counted and dropped, because neither
 * a closed nor a stalled reader of diagnostics may stop a firewall.
 */
import { Buffer } from 'node:buffer'
import { constants, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { type DestinationStream, type Level, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'

/** pino's levels; `silent` writes nothing. */
export type OperationalLogLevel = Level | 'silent'

const STANDARD_ERROR = 2

export function createOperationalLog(level: OperationalLogLevel): Logger {
  return isatty(STANDARD_ERROR) ? createPrettyLog(level) : createJsonLog(level)
}

function createJsonLog(level: OperationalLogLevel): Logger {
  const lines = new ErrorLines(
    (count) => `${JSON.stringify({ level: 'warn', msg: droppedMessage(count) })}\n`,
  )
  return pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    lines,
  )
}

function createPrettyLog(level: OperationalLogLevel): Logger {
  const lines = new ErrorLines((count) => `${droppedMessage(count)}\n`)
  const prettify = prettyFactory({
    colorize: !('NO_COLOR' in process.env),
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
  const stream: DestinationStream = { write: (line) => lines.write(prettify(line)) }
  return pino({ level, base: null }, stream)
}

function droppedMessage(count: number): string {
  return `lines that standard error did not take: ${count}`
}

/** Standard error, line by line: what it does not take at once is not kept. */
class ErrorLines implements DestinationStream {
  readonly #fd: number = openStandardError()
  readonly #formatDropped: (count: number) => string
  #dropped = 0
  /** The rest of a line of which the beginning is written. */
  #rest: Buffer = Buffer.alloc(0)

  /** `formatDropped` makes the line that tells of lines that were dropped. */
  constructor(formatDropped: (count: number) => string) {
    this.#formatDropped = formatDropped
  }

  write(line: string): void {
    this.#rest = this.#put(this.#rest)
    const text = this.#dropped === 0 ? line : this.#formatDropped(this.#dropped) + line
    const bytes = Buffer.from(text)
    const left = this.#rest.length === 0 ? this.#put(bytes) : bytes
    if (left === bytes) {
      this.#dropped += 1
      return
    }
    this.#dropped = 0
    this.#rest = left
  }

  /** @returns what is left of `bytes`; `bytes` itself when none of it was written. */
  #put(bytes: Buffer): Buffer {
    let left = bytes
    try {
      while (left.length > 0) left = left.subarray(writeSync(this.#fd, left))
    } catch {
      // EAGAIN, EPIPE, ENOSPC: there is nobody else to tell.
    }
    return left
  }
}

/** A descriptor of our own does not block: a full pipe must not stop the event loop. */
function openStandardError(): number {
  const { O_APPEND, O_NONBLOCK, O_WRONLY } = constants
  try {
    return openSync('/proc/self/fd/2', O_WRONLY | O_APPEND | O_NONBLOCK)
  } catch {
    return STANDARD_ERROR // A socket (systemd's journal), or another user's terminal.
  }
}
