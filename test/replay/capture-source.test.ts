import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCapture } from '../../src/replay/capture-source.ts'

let folder = ''
const BYTES = Buffer.alloc(9_000_000, 'portcullis ')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-source-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function readBack(content: Uint8Array): Promise<Buffer> {
  const path = join(folder, 'capture')
  await writeFile(path, content)
  const chunks: Uint8Array[] = []
  for await (const chunk of readCapture(path)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('as it is, unpacked where it is packed, and nothing', async () => {
  expect((await readBack(BYTES)).equals(BYTES)).toBe(true)
  expect((await readBack(gzipSync(BYTES))).equals(BYTES)).toBe(true)
  expect(await readBack(Buffer.alloc(0))).toHaveLength(0)
})

test('a file that is damaged or missing rejects', async () => {
  await expect(readBack(gzipSync(BYTES).subarray(0, 1000))).rejects.toMatchObject({
    code: 'Z_BUF_ERROR',
  })
  await expect(
    readBack(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(100)])),
  ).rejects.toThrow('unknown compression method')
  await expect(readCapture(join(folder, 'missing')).next()).rejects.toMatchObject({
    code: 'ENOENT',
  })
})
