import { expect, test } from 'vitest'
import { AdminError } from '../../../src/shell/admin/admin-error.ts'

test('says what it is', () => {
  expect(String(new AdminError('no process answers'))).toBe('AdminError: no process answers')
})
