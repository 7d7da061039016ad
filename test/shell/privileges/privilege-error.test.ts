import { expect, test } from 'vitest'
import { PrivilegeError } from '../../../src/shell/privileges/privilege-error.ts'

test('its message is the line to print', () => {
  expect(`${new PrivilegeError('only root can')}`).toBe('PrivilegeError: only root can')
})
