/** A capture file as chunks: from a path or standard input (`-`), unpacked where it is gzip. */
import { createReadStream } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

/** Large chunks: the fewer frames are cut in two, the less is copied. */
const CHUNK_BYTES: number = 4 * 1024 * 1024

const GZIP_MAGIC = [0x1f, 0x8b] as const

/** Rejects with the error of the operating system, or of zlib when the file is damaged. */
export async function* readCapture(path: string): AsyncGenerator<Uint8Array> {
  const source: Readable =
    path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const chunks = source.iterator()
  const first = await chunks.next()
  if (first.done === true) return
  const beginning = asBytes(first.value)
  if (beginning[0] !== GZIP_MAGIC[0] || beginning[1] !== GZIP_MAGIC[1]) {
    yield beginning
    for await (const chunk of chunks) yield asBytes(chunk)
    return
  }
  yield* unpacked(beginning, chunks)
}

async function* unpacked(
  beginning: Uint8Array,
  rest: AsyncIterable<unknown>,
): AsyncGenerator<Uint8Array> {
  async function* packed(): AsyncGenerator<Uint8Array> {
    yield beginning
    for await (const chunk of rest) yield asBytes(chunk)
  }
  const output = new PassThrough({ highWaterMark: CHUNK_BYTES })
  const done = pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES / 4 }), output)
  // The reader of `output` gets the same error.
  done.catch(() => undefined)
  for await (const chunk of output) yield asBytes(chunk)
  await done
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('a capture is bytes')
}
