import { expect, test } from 'vitest'
import { type Instant, instant } from '../../../../src/net/instant.ts'
import { ip } from '../../../../src/net/ip.ts'
import { HostAddresses } from '../../../../src/shell/data-path/kernel/host-addresses.ts'

test('addresses are read when they are wanted, and not again for a while', () => {
  let now: Instant = instant(1000)
  let reads = 0
  const addresses = new HostAddresses(
    () => {
      reads += 1
      return [ip(`10.0.0.${reads}`)]
    },
    () => now,
  )
  expect(reads).toBe(0)
  expect(addresses.has(ip('10.0.0.1'))).toBe(true)
  now = instant(6000)
  expect(addresses.has(ip('10.0.0.2'))).toBe(false)
  now = instant(6001)
  expect(addresses.has(ip('10.0.0.2'))).toBe(true)
  expect(reads).toBe(2)
})
