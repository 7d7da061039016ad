/**
 * Reads a log as it grows, over rotations: when another file has taken its name and holds a record,
 * the old one is complete; what is left of it is read, and then the new one from its beginning. The
 * file is asked again and again, because notifications of the file system are lost on network
 * shares, and say nothing of a file that was renamed.
 */
import { Buffer } from 'node:buffer'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashOfLine } from '../../record/hash-chain.ts'
import { errorCode } from '../error-code.ts'
import { LineSplitter, timeIn } from './line-splitter.ts'
import { LogReadError } from './log-read-error.ts'

const BLOCK_BYTES = 64 * 1024
/** How far back the last lines are looked for. */
const TAIL_BYTES_MAX = 16 * 2 ** 20
const INTERVAL_MS = 200
/** Lines of several logs that are kept to be brought into one order. */
const FOUND_MAX = 20_000

export interface FollowOptions {
  /** So many lines that are there already are shown first. */
  readonly lines: number
  readonly signal: AbortSignal
  /** `text` is Latin-1. */
  readonly onLine: (text: string) => void
  readonly onNote: (text: string) => void
  /** After each block; resolves when what was written has gone. @returns whether to go on. */
  readonly flush: () => Promise<boolean>
  /** Between looks, in milliseconds. */
  readonly interval?: number
}

/** Until `signal` says stop. @throws LogReadError when there is nothing to follow. */
export async function followLog(path: string, options: FollowOptions): Promise<void> {
  await followAll([new LogFollower(path, options)], options, async () => true)
}

/**
 * As {@link followLog}, logs that are written at the same time: what is new in all of them comes in the
 * order of its times. A record may come late by as much as there is between two looks.
 */
export async function followLogs(paths: readonly string[], options: FollowOptions): Promise<void> {
  const { lines, onLine, flush } = options
  let found: Found[] = []
  let isFirst = true
  const tellFound = (): Promise<boolean> => {
    const sorted = found.toSorted((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1))
    // The last lines of each log were read: the last of them all are wanted.
    const from = isFirst && lines > 0 ? Math.max(0, sorted.length - lines) : 0
    for (const { text } of sorted.slice(from)) onLine(text)
    found = []
    isFirst = false
    return flush()
  }
  const followers = paths.map((path) => {
    let time = ''
    return new LogFollower(path, {
      ...options,
      onLine: (text) => {
        time = timeIn(text) ?? time
        found.push({ time, text })
      },
      // While a log is far behind, its records are not kept for the others to come.
      flush: async () => found.length < FOUND_MAX || tellFound(),
    })
  })
  await followAll(followers, options, tellFound)
}

async function followAll(
  followers: readonly LogFollower[],
  { signal, interval }: FollowOptions,
  looked: () => Promise<boolean>,
): Promise<void> {
  try {
    for (const follower of followers) await follower.start()
    while (!signal.aborted) {
      for (const follower of followers) if (!(await follower.look())) return
      if (!(await looked())) return
      await sleep(interval ?? INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    for (const follower of followers) await follower.close()
  }
}

interface Found {
  /** Of what has none: that of the line before. */
  readonly time: string
  readonly text: string
}

class LogFollower {
  readonly #path: string
  readonly #options: FollowOptions
  readonly #block = Buffer.alloc(BLOCK_BYTES)
  readonly #splitter: LineSplitter
  #file: FileHandle | undefined
  #identity = ''
  #at = 0
  /** Of the last record, for the first one of the next file to continue. */
  #hash: string | undefined
  #isFirstOfFile = false

  constructor(path: string, options: FollowOptions) {
    this.#path = path
    this.#options = options
    this.#splitter = new LineSplitter({
      line: (text, isCutShort) => this.#line(text, isCutShort),
      overlong: () => options.onNote('a line longer than any record can be'),
    })
  }

  async start(): Promise<void> {
    const file = await this.#open()
    this.#at = await startOfTail(file, (await file.stat()).size, this.#options.lines)
  }

  /** @returns whether to go on. */
  async look(): Promise<boolean> {
    if (!(await this.#drain())) return false
    const found = await stat(this.#path).catch(() => undefined)
    if (found === undefined) return true
    if (`${found.dev}:${found.ino}` === this.#identity) {
      if (found.size < this.#at) this.#restart('the file was cut; reading it from its beginning')
      return true
    }
    // The writer leaves the old file before it writes to the new one.
    if (found.size === 0) return true
    if (!(await this.#drain())) return false
    this.#splitter.end()
    await this.close()
    await this.#open()
    return this.#drain()
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #open(): Promise<FileHandle> {
    try {
      this.#file = await open(this.#path, 'r')
    } catch (error) {
      const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : String(error)
      throw new LogReadError(`cannot follow ${this.#path}: ${why}`)
    }
    const stats = await this.#file.stat()
    if (!stats.isFile())
      throw new LogReadError(`cannot follow ${this.#path}: it is no file; read it with audit`)
    this.#identity = `${stats.dev}:${stats.ino}`
    this.#at = 0
    this.#isFirstOfFile = true
    return this.#file
  }

  /** Reads to the present end. */
  async #drain(): Promise<boolean> {
    while (!this.#options.signal.aborted && this.#file !== undefined) {
      const { bytesRead } = await this.#file.read(this.#block, 0, BLOCK_BYTES, this.#at)
      if (bytesRead === 0) break
      this.#at += bytesRead
      this.#splitter.push(this.#block.subarray(0, bytesRead))
      if (!(await this.#options.flush())) return false
    }
    return true
  }

  #restart(why: string): void {
    this.#splitter.end()
    this.#options.onNote(why)
    this.#at = 0
    this.#hash = undefined
  }

  #line(text: string, isCutShort: boolean): void {
    if (isCutShort) {
      this.#options.onNote('the last line of the file before was cut short')
      return
    }
    const previous = /,"previous":"([0-9a-f]{64})","hash":"/.exec(text)?.[1]
    if (this.#isFirstOfFile && this.#hash !== undefined && previous !== undefined)
      if (previous !== this.#hash)
        this.#options.onNote('the file does not continue the one before: records were missed')
    this.#isFirstOfFile = false
    this.#hash = hashOfLine(text) ?? this.#hash
    this.#options.onLine(text)
  }
}

/** Where the last `lines` lines begin. */
async function startOfTail(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines === 0) return size
  const block = Buffer.alloc(BLOCK_BYTES)
  let found = 0
  for (let end = size; end > 0 && size - end < TAIL_BYTES_MAX; end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (block[at] !== 0x0a) continue
      found += 1
      // The first one found ends the last line.
      if (found === lines + 1) return start + at + 1
    }
  }
  return Math.max(0, size - TAIL_BYTES_MAX)
}
