import { expect, test } from 'vitest'
import { KernelDataPathError } from '../../../../src/shell/data-path/kernel/kernel-data-path-error.ts'

test('one line that says what else there is', () => {
  const error = new KernelDataPathError('needs Linux')
  expect(error.message).toBe(
    'the kernel data path needs Linux; "data-path: relay" needs none of it',
  )
  expect(error.name).toBe('KernelDataPathError')
})
