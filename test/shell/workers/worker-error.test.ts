import { expect, test } from 'vitest'
import { asEnvironmentError, EnvironmentError } from '../../../src/cli/environment-error.ts'
import { WorkerError } from '../../../src/shell/workers/worker-error.ts'

test('its message is the line that is printed', () => {
  const shown = asEnvironmentError(new WorkerError('it cannot'))
  expect(shown).toBeInstanceOf(EnvironmentError)
  expect(shown).toMatchObject({ message: 'it cannot' })
})
