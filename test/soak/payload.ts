/**
 * What is transferred: pieces of one pool of bytes that the seed makes, so that each transfer can be
 * compared byte by byte with what it must be, and nothing has to be kept.
 */
import { createCipheriv } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from './random.ts'

export interface Payload {
  readonly offset: number
  readonly size: number
}

/** A file of every server. */
export interface ServedFile extends Payload {
  readonly name: string
}

const MEBIBYTE = 2 ** 20
const SIZE_MAX = 16 * MEBIBYTE
/** Far more than all buffers between server and client hold. */
export const LARGE_BYTES: number = SIZE_MAX
/** Where buffers and segments end is where mistakes are. */
const EDGES = [0, 1, 2, 511, 512, 1460, 4_095, 4_096, 65_535, 65_536, 65_537, SIZE_MAX]
const SERVED_MAX = 20

export class Pool {
  readonly #bytes: Buffer

  constructor(seed: number) {
    const key = Buffer.alloc(16)
    key.writeUInt32BE(seed >>> 0)
    const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
    this.#bytes = cipher.update(Buffer.alloc(SIZE_MAX + MEBIBYTE))
  }

  bytes({ offset, size }: Payload): Buffer {
    return this.#bytes.subarray(offset, offset + size)
  }

  /** Any size is as likely as its half, so that most are small and most bytes are in large ones. */
  choose(random: Random): Payload {
    const size = random.chance(0.1)
      ? random.pick(EDGES)
      : Math.floor(2 ** (random.fraction() * Math.log2(SIZE_MAX)))
    return { offset: random.whole(0, MEBIBYTE), size }
  }

  /** What every server has: each edge, and some between. */
  served(random: Random): readonly ServedFile[] {
    const files: ServedFile[] = EDGES.map((size) => ({
      name: `edge-${size}`,
      offset: random.whole(0, MEBIBYTE),
      size,
    }))
    while (files.length < SERVED_MAX) {
      files.push({ name: `served-${files.length}`, ...this.choose(random) })
    }
    return files
  }

  async serve(root: string, files: readonly ServedFile[]): Promise<void> {
    for (const file of files) {
      const path = join(root, file.name)
      await writeFile(path, this.bytes(file))
      await chmod(path, 0o644)
    }
  }
}
