import { expect, test } from 'vitest'
import { BufferPool } from '../../../src/shell/data-path/buffer-pool.ts'

test('a buffer given back is used again', () => {
  const pool = new BufferPool(1024, 2)
  const buffer = pool.take()
  expect(buffer.length).toBe(1024)
  expect(pool.taken).toBe(1)
  pool.give(buffer)
  expect(pool.taken).toBe(0)
  expect(pool.take()).toBe(buffer)
})

test('no more unused buffers are kept than allowed', () => {
  const pool = new BufferPool(16, 1)
  const [first, second] = [pool.take(), pool.take()]
  pool.give(first)
  pool.give(second)
  expect(pool.take()).toBe(first)
  expect(pool.take()).not.toBe(second)
  expect(pool.taken).toBe(2)
})
