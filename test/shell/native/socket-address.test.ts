import { expect, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  decodeSocketAddress,
  encodeSocketAddress,
} from '../../../src/shell/native/socket-address.ts'

test.each([
  ['203.0.113.10', 16],
  ['2001:db8::10', 28],
])('%s is the same after it was written and read', (address, length) => {
  const bytes = encodeSocketAddress(ip(address), 2121)
  expect(bytes.length).toBe(length)
  expect(decodeSocketAddress(bytes)).toEqual(endpoint(ip(address), port(2121)))
})

test('family in the order of the host, port and address in that of the network', () => {
  expect([...encodeSocketAddress(ip('192.0.2.1'), 0x0815)].slice(2, 8)).toEqual([
    0x08, 0x15, 192, 0, 2, 1,
  ])
})

test('an IPv4 address inside IPv6 is IPv4', () => {
  const bytes = encodeSocketAddress(ip('2001:db8::1'), 21)
  bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1], 8)
  expect(decodeSocketAddress(bytes)?.address).toBe('192.0.2.1')
})

test.each([
  ['nothing', new Uint8Array(0)],
  ['another family', new Uint8Array(16).fill(1)],
  ['half an address', encodeSocketAddress(ip('2001:db8::1'), 21).subarray(0, 20)],
  ['port 0', encodeSocketAddress(ip('192.0.2.1'), 0)],
])('%s is no address', (_, bytes) => {
  expect(decodeSocketAddress(bytes)).toBeUndefined()
})
