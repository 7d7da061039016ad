import { expect, test } from 'vitest'
import { LogReadError } from '../../../src/shell/log-reader/log-read-error.ts'

test('has a name of its own', () => {
  expect(new LogReadError('there is no file x')).toMatchObject({
    name: 'LogReadError',
    message: 'there is no file x',
  })
})
