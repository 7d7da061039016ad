import { expect, test } from 'vitest'
import { localAddresses } from '../../src/shell/local-addresses.ts'

test('loopback is among the addresses of every host, and no zone is left in any', () => {
  expect(localAddresses()).toContain('127.0.0.1')
  expect(localAddresses().filter((address) => address.includes('%'))).toEqual([])
})

test('R2 while they cannot be read, those of before hold', () => {
  const before = localAddresses()
  const failing = (): never => {
    throw new Error('uv_interface_addresses returned EMFILE')
  }
  expect(localAddresses(failing)).toEqual(before)
})
