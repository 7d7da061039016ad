import { expect, test } from 'vitest'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { findEntry } from '../../src/demo/server/file-tree.ts'

test('the files are the same on every call', () => {
  expect(demoFiles()).toEqual(demoFiles())
})

test('the large file is some 100 KiB of primes', () => {
  const entry = findEntry(demoFiles(), '/numbers/primes.txt')
  const text = entry?.type === 'file' ? Buffer.from(entry.bytes).toString('latin1') : ''
  expect(text.length).toBeGreaterThan(100 * 1024)
  expect(text.startsWith('2\n3\n5\n7\n11\n13\n17\n19\n23\n29\n31\n')).toBe(true)
  // The prime-counting function: π(100 000) = 9592.
  const primes = text.trimEnd().split('\n').map(Number)
  expect(primes.filter((prime) => prime < 100_000)).toHaveLength(9592)
})

test('the texts fit an ordinary terminal', () => {
  for (const name of ['/welcome.txt', '/two-connections.txt']) {
    const entry = findEntry(demoFiles(), name)
    const text = entry?.type === 'file' ? Buffer.from(entry.bytes).toString('utf8') : ''
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(text).not.toBe('')
  }
})
