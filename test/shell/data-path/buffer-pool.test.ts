import { expect, test } from 'vitest'
import { BufferPool, TwoSizes } from '../../../src/shell/data-path/buffer-pool.ts'

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

test('only so many at a time are large', () => {
  const pool = new TwoSizes({ large: 1024, small: 16 }, 2)
  const [first, second, third] = [pool.take(), pool.take(), pool.take()]
  expect([first, second, third].map(({ length }) => length)).toEqual([1024, 1024, 16])
  expect(pool.taken).toBe(3)
  pool.give(third)
  pool.give(second)
  expect(pool.taken).toBe(1)
  expect(pool.take()).toBe(second)
  expect(pool.take()).toBe(third)
  pool.give(first)
  expect(pool.take()).toBe(first)
  expect(pool.taken).toBe(3)
})
