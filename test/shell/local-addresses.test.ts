import { expect, test } from 'vitest'
import { localAddresses } from '../../src/shell/local-addresses.ts'

test('loopback is among the addresses of every host, and no zone is left in any', () => {
  expect(localAddresses()).toContain('127.0.0.1')
  expect(localAddresses().filter((address) => address.includes('%'))).toEqual([])
})
