import { expect, test } from 'vitest'
import {
  addressRange,
  type AddressRange,
  addressValue,
  blockKey,
  rangeCovers,
} from '../../../src/engine/rules/address-range.ts'
import { parseCidr } from '../../../src/net/cidr.ts'
import { ip } from '../../../src/net/ip.ts'

function rangeOf(text: string): AddressRange {
  const cidr = parseCidr(text)
  if (typeof cidr === 'string') throw new Error(`${text}: ${cidr}`)
  return addressRange(cidr)
}

test('addresses are numbers', () => {
  expect(addressValue(ip('1.2.3.4'))).toBe(0x01_02_03_04)
  expect(addressValue(ip('255.255.255.255'))).toBe(0xff_ff_ff_ff)
  expect(addressValue(ip('::1:0'))).toBe(0x1_0000n)
})

test.each([
  ['10.0.0.0/8', 0x0a_00_00_00, 0x0a_ff_ff_ff],
  ['0.0.0.0/0', 0, 0xff_ff_ff_ff],
  ['10.0.0.1', 0x0a_00_00_01, 0x0a_00_00_01],
  ['::/0', 0n, (1n << 128n) - 1n],
])('%s', (text, low, high) => {
  expect(rangeOf(text)).toMatchObject({ low, high })
})

test.each([
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['0.0.0.0/0', '::/96', false],
  ['::/0', '10.0.0.0/8', false],
  ['::/0', '2001:db8::/32', true],
])('%s covers %s: %s', (outer, inner, covers) => {
  expect(rangeCovers(rangeOf(outer), rangeOf(inner))).toBe(covers)
})

test.each([
  ['10.0.0.1', '10.0.0.2', 24, true],
  ['10.0.0.1', '10.0.1.1', 24, false],
  ['255.255.255.255', '0.0.0.0', 0, true],
  ['2001:db8::1', '2001:db8::2', 64, true],
  ['2001:db8::1', '2001:db8::2', 128, false],
])('%s and %s share their block of %i bits: %s', (one, other, prefix, shared) => {
  const key = blockKey(addressValue(ip(one)), prefix, 21)
  expect(key === blockKey(addressValue(ip(other)), prefix, 21)).toBe(shared)
  expect(key).not.toBe(blockKey(addressValue(ip(one)), prefix, 22))
})
