import { expect, test } from 'vitest'
import { once, UsageError } from '../../src/cli/usage-error.ts'

test('an option is given once', () => {
  const listen = once('listen')
  expect(listen('127.0.0.1:21')).toBe('127.0.0.1:21')
  expect(() => listen(['a', 'b'])).toThrow(new UsageError('--listen is given more than once: a, b'))
})
