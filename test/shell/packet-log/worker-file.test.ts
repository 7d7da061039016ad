import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workerFile, workerFilesOf } from '../../../src/shell/packet-log/worker-file.ts'
import { temporaryDirectory } from './support.ts'

test.each([
  ['log.jsonl', 'log.w2.jsonl'],
  ['/var/log/portcullis.log.jsonl', '/var/log/portcullis.log.w2.jsonl'],
  ['folder.d/log', 'folder.d/log.w2'],
  ['.log', '.log.w2'],
])('%s of worker 2 is %s', (path, expected) => {
  expect(workerFile(path, 2)).toBe(expected)
})

test('those that are there, by the number of their worker', async () => {
  const folder = temporaryDirectory()
  const others = ['log.jsonl', 'log.w0.jsonl', 'log.wx.jsonl', 'log.w1.jsonl.1', 'blog.w1.jsonl']
  for (const name of ['log.w10.jsonl', 'log.w2.jsonl', 'log.w1.jsonl', ...others])
    writeFileSync(join(folder, name), '')
  expect(await workerFilesOf(join(folder, 'log.jsonl'))).toEqual(
    ['log.w1.jsonl', 'log.w2.jsonl', 'log.w10.jsonl'].map((name) => join(folder, name)),
  )
  expect(await workerFilesOf(join(folder, 'none', 'log.jsonl'))).toEqual([])
})
