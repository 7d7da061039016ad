import { expect, test } from 'vitest'
import { InterceptionError } from '../../../src/shell/intercept/interception-error.ts'

test('its message is the line to print', () => {
  const error = new InterceptionError('it needs this', { cause: 'that' })
  expect(`${error}`).toBe('InterceptionError: it needs this')
  expect(error.cause).toBe('that')
})
