import { expect, test } from 'vitest'
import { parseLoad } from '../../src/cli/capacity-arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'

test('nobody asked', () => {
  expect(parseLoad({})).toBeUndefined()
})

test('one client and a second each, unless it is said', () => {
  expect(parseLoad({ transfersPerSecond: '2.5' })).toEqual({
    transfersPerSecond: 2.5,
    clients: 1,
    transferSeconds: 1,
  })
  expect(parseLoad({ transfersPerSecond: '1', clients: '40', transferSeconds: '0' })).toEqual({
    transfersPerSecond: 1,
    clients: 40,
    transferSeconds: 0,
  })
})

test.each([
  [{ clients: '4' }, '--clients is for --transfers-per-second, which is missing'],
  [{ transferSeconds: '4' }, '--transfer-seconds is for --transfers-per-second, which is missing'],
  [{ transfersPerSecond: '0' }, '--transfers-per-second 0: it must be more than 0'],
  [{ transfersPerSecond: '-1' }, '--transfers-per-second "-1": expected a number, as 2.5'],
  [{ transfersPerSecond: '1e3' }, '--transfers-per-second "1e3": expected a number, as 2.5'],
  [{ transfersPerSecond: '' }, '--transfers-per-second "": expected a number, as 2.5'],
  [
    { transfersPerSecond: '9999999999' },
    '--transfers-per-second "9999999999": expected a number, as 2.5',
  ],
  [{ transfersPerSecond: '1', clients: '0' }, '--clients 0: it must be more than 0'],
  [{ transfersPerSecond: '1', clients: '1.5' }, '--clients 1.5: it must be whole'],
  [
    { transfersPerSecond: '1', transferSeconds: '1s' },
    '--transfer-seconds "1s": expected a number, as 2.5',
  ],
])('%j makes no sense', (given, message) => {
  expect(() => parseLoad(given)).toThrow(UsageError)
  expect(() => parseLoad(given)).toThrow(message)
})
