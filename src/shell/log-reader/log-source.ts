/**
 * One log to read: a file, gzip or not, a pipe, or standard input. Whether it is compressed is seen
 * by its first bytes, whatever it is called.
 */
import { Buffer } from 'node:buffer'
import { type BigIntStats, createReadStream, fstatSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { readHeader } from '../../record/audit/line-header.ts'
import { errorCode } from '../error-code.ts'
import { LineSplitter } from './line-splitter.ts'
import { LogReadError } from './log-read-error.ts'

/** Larger gains nothing, and memory grows with it. */
const BLOCK_BYTES = 256 * 1024
/** Where no record is found in so many bytes, there is none. */
const PEEK_BYTES_MAX = 2 ** 20
const MAGIC_BYTES = 6

/** When a log begins. Texts compare as the times do. */
export interface LogStart {
  readonly time: string
  readonly seq: number
  /** Which of several processes wrote it, each with a hash chain of its own. */
  readonly worker: number | undefined
}

export class LogSource {
  /** As it was given; `-` is standard input. */
  readonly name: string
  /** On disk; `undefined` for what has no size. */
  readonly bytes: number | undefined
  /** The same for two names of one file; `undefined` for what is no file. */
  readonly identity: string | undefined
  /** Can be read only once, and by one. */
  readonly #isStream: boolean
  #readBytes = 0
  #stream: AsyncIterator<Buffer> | undefined
  readonly #ahead: Buffer[] = []

  private constructor(name: string, bytes: number | undefined, identity: string | undefined) {
    this.name = name
    this.bytes = bytes
    this.identity = identity
    this.#isStream = bytes === undefined
  }

  /** @throws LogReadError when there is nothing to read. */
  static async open(name: string): Promise<LogSource> {
    if (name === '-') return new LogSource(name, undefined, identityOfStandardInput())
    try {
      const stats = await stat(name, { bigint: true })
      if (stats.isDirectory())
        throw new LogReadError(`${name} is a folder; name the packet logs in it`)
      const bytes = stats.isFile() ? Number(stats.size) : undefined
      return new LogSource(name, bytes, fileIdentity(stats))
    } catch (error) {
      throw explainRead(name, error)
    }
  }

  get isStandardInput(): boolean {
    return this.name === '-'
  }

  /** Bytes read from disk so far, compressed where the file is. */
  get readBytes(): number {
    return this.#readBytes
  }

  /** Where the log begins; `undefined` when no record is near its beginning. */
  async start(): Promise<LogStart | undefined> {
    let start: LogStart | undefined
    const splitter = new LineSplitter({
      line: (text) => {
        start ??= startOf(text)
      },
      overlong: () => undefined,
    })
    let seen = 0
    const blocks = this.#isStream ? this.#lookAhead() : this.#decompressed(this.#fromDisk())
    for await (const block of blocks) {
      splitter.push(block)
      seen += block.length
      if (start !== undefined || seen >= PEEK_BYTES_MAX) break
    }
    // The last line may have no end yet.
    splitter.end()
    if (!this.#isStream) this.#readBytes = 0
    return start
  }

  /** All of it, decompressed. @throws LogReadError in the middle, where the file is damaged. */
  async *blocks(): AsyncGenerator<Buffer> {
    if (!this.#isStream) {
      yield* this.#decompressed(this.#fromDisk())
      return
    }
    for (;;) {
      const block = this.#ahead.shift() ?? (await this.#nextOfStream())
      if (block === undefined) return
      yield block
    }
  }

  /** Blocks of a stream, which stay there to be read. */
  async *#lookAhead(): AsyncGenerator<Buffer> {
    for (;;) {
      const block = await this.#nextOfStream()
      if (block === undefined) return
      this.#ahead.push(block)
      yield block
    }
  }

  async #nextOfStream(): Promise<Buffer | undefined> {
    this.#stream ??= this.#decompressed(this.#fromStream())
    const { done, value } = await this.#stream.next()
    return done === true ? undefined : value
  }

  #fromDisk(): AsyncGenerator<Buffer> {
    return this.#counted(createReadStream(this.name, { highWaterMark: BLOCK_BYTES }))
  }

  #fromStream(): AsyncGenerator<Buffer> {
    return this.isStandardInput ? this.#counted(process.stdin) : this.#fromDisk()
  }

  async *#counted(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const block of stream) {
        this.#readBytes += block.length
        yield block
      }
    } catch (error) {
      throw explainRead(this.name, error)
    }
  }

  async *#decompressed(raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    const first: Buffer[] = []
    let length = 0
    while (length < MAGIC_BYTES) {
      const { done, value } = await raw.next()
      if (done === true) break
      first.push(value)
      length += value.length
    }
    const beginning = Buffer.concat(first)
    const blocks = chain(beginning, raw)
    const compression = compressionOf(beginning)
    if (compression === undefined) yield* blocks
    else if (compression === 'gzip') yield* this.#gunzipped(blocks)
    else {
      const how = `${compression.program} ${this.name} | portcullis audit -`
      throw new LogReadError(`${this.name} is compressed with ${compression.name}; try ${how}`)
    }
  }

  async *#gunzipped(blocks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    const gunzip = createGunzip({ chunkSize: BLOCK_BYTES })
    // What goes wrong is met again where the result is read.
    const feeding = pipeline(blocks, gunzip).catch(() => undefined)
    try {
      for await (const block of gunzip) yield block as Buffer
    } catch (error) {
      throw explainRead(this.name, error)
    }
    await feeding
  }
}

/** The same for two names of one file; `undefined` for what is no file. */
export function fileIdentity(stats: BigIntStats): string | undefined {
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined
}

function identityOfStandardInput(): string | undefined {
  try {
    return fileIdentity(fstatSync(0, { bigint: true }))
  } catch {
    // It may be closed; reading it says so.
    return undefined
  }
}

async function* chain(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  yield* rest
}

/** In the first record of each file. Text of a peer cannot look like it: its quotes are escaped. */
const WORKER = /,"worker":(\d{1,3})[,}]/

function startOf(line: string): LogStart | undefined {
  const header = readHeader(line)
  if (header === undefined) return undefined
  const worker = WORKER.exec(line)?.[1]
  return {
    time: header.time,
    seq: header.seq,
    worker: worker === undefined ? undefined : Number(worker),
  }
}

interface Compression {
  readonly name: string
  readonly program: string
}

const OTHERS: readonly (readonly [readonly number[], Compression])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], { name: 'zstd', program: 'zstdcat' }],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], { name: 'xz', program: 'xzcat' }],
  [[0x42, 0x5a, 0x68], { name: 'bzip2', program: 'bzcat' }],
]

function compressionOf(beginning: Buffer): 'gzip' | Compression | undefined {
  if (beginning[0] === 0x1f && beginning[1] === 0x8b) return 'gzip'
  return OTHERS.find(([magic]) => magic.every((byte, index) => beginning[index] === byte))?.[1]
}

function explainRead(name: string, error: unknown): LogReadError {
  if (error instanceof LogReadError) return error
  switch (errorCode(error)) {
    case 'ENOENT':
      return new LogReadError(`there is no file ${name}`)
    case 'EACCES':
      return new LogReadError(`${name} may not be read by this user`)
    case 'Z_BUF_ERROR':
      return new LogReadError(`${name} is cut short: its compressed data has no end`)
    case 'Z_DATA_ERROR':
      return new LogReadError(`${name} is damaged: its compressed data makes no sense`)
    default:
      return new LogReadError(
        `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      )
  }
}
