/** The files a cell moves, and what they must hold in the end. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Sha256 = string

export const MEBIBYTE: number = 1 << 20
/** Half of it is on the client's disk when a resume begins. */
const RESUME_AT = MEBIBYTE / 2
/** Far more than all buffers between server and client hold. */
const ABORTED_BYTES = 64 * MEBIBYTE
export const LARGE_BYTES: number = 256 * MEBIBYTE

export type Size = '0 B' | '1 B' | '1 MiB'
export const SIZES: Readonly<Record<Size, number>> = { '0 B': 0, '1 B': 1, '1 MiB': MEBIBYTE }

/** Names on the server. */
export const REMOTE: Readonly<Record<Size, string>> & { readonly aborted: string } = {
  '0 B': 'empty.bin',
  '1 B': 'byte.bin',
  '1 MiB': 'mebibyte.bin',
  aborted: 'aborted.bin',
}
export const REMOTE_LARGE = 'large.bin'

/** What the server's folder holds. */
export interface Served {
  readonly digests: Readonly<Record<Size, Sha256>>
  /** Of the file whose first half came from elsewhere and whose second half came from the server. */
  readonly resumed: Sha256
}

/** Fills a server's folder. Files that are long and need no content are sparse. */
export async function serveFiles(root: string): Promise<Served> {
  const contents: Readonly<Record<Size, Buffer>> = {
    '0 B': Buffer.alloc(0),
    '1 B': randomBytes(SIZES['1 B']),
    '1 MiB': randomBytes(SIZES['1 MiB']),
  }
  for (const size of Object.keys(SIZES) as Size[]) {
    const path = join(root, REMOTE[size])
    await writeFile(path, contents[size])
    await chmod(path, 0o644)
  }
  const aborted = join(root, REMOTE.aborted)
  await writeFile(aborted, '')
  await chmod(aborted, 0o644)
  await truncate(aborted, ABORTED_BYTES)
  const secondHalf = contents['1 MiB'].subarray(RESUME_AT)
  return {
    digests: {
      '0 B': digestOf(contents['0 B']),
      '1 B': digestOf(contents['1 B']),
      '1 MiB': digestOf(contents['1 MiB']),
    },
    resumed: digestOf(Buffer.concat([firstHalf(), secondHalf])),
  }
}

/**
 * Bytes the server's file does not begin with: a client that starts over instead of resuming gives
 * itself away.
 */
export function firstHalf(): Buffer {
  return Buffer.alloc(RESUME_AT, 'portcullis ')
}

export function digestOf(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex')
}

/** `undefined` when there is no such file. */
export async function digestOfFile(path: string): Promise<Sha256 | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: MEBIBYTE }))
      hash.update(chunk as Buffer)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return hash.digest('hex')
}

/** A large file of which no two mebibytes are equal; answers its digest. */
export async function writeLargeFile(path: string): Promise<Sha256> {
  const hash = createHash('sha256')
  const block = randomBytes(MEBIBYTE)
  const file = await open(path, 'w', 0o644)
  try {
    for (let index = 0; index < LARGE_BYTES / MEBIBYTE; index++) {
      block.writeUInt32BE(index, 0)
      hash.update(block)
      await file.write(block)
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
