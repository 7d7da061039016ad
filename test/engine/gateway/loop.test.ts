import { expect, test } from 'vitest'
import { isOfThisHost, leadsBack } from '../../../src/engine/gateway/loop.ts'
import type { Listener } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { at } from '../../support/conversation.ts'

const local = new Set([ip('203.0.113.1'), ip('10.0.0.1'), ip('2001:db8::1')])

function listeners(...addresses: readonly string[]): Listener[] {
  return addresses.map((listen) => ({
    name: listen,
    listen: at(listen),
    intercept: 'none',
    interceptPort: port(21),
    interceptInterfaces: undefined,
    server: at('10.0.0.20:21'),
    keepClientAddress: false,
    nat: undefined,
    publicAddress: undefined,
    tls: 'explicit',
    serverPassivePorts: undefined,
  }))
}

test.each([
  ['203.0.113.1:21', '203.0.113.1:21', true],
  ['203.0.113.1:2121', '203.0.113.1:21', false],
  ['10.0.0.1:21', '203.0.113.1:21', false],
  ['10.0.0.1:21', '0.0.0.0:21', true],
  ['10.0.0.1:21', '[::]:21', true],
  ['127.0.0.1:21', '0.0.0.0:21', true],
  ['127.0.0.9:21', '[::]:21', true],
  ['[::1]:21', '[::]:21', true],
  ['[::1]:21', '0.0.0.0:21', false],
  ['[2001:db8::1]:21', '0.0.0.0:21', false],
  ['10.0.0.20:21', '0.0.0.0:21', false],
])('a server at %s behind a listener at %s: %s', (server, listen, expected) => {
  expect(leadsBack(at(server), listeners(listen), local)).toBe(expected)
})

test('any of the listeners may be the one', () => {
  expect(leadsBack(at('10.0.0.1:21'), listeners('203.0.113.1:21', '10.0.0.1:21'), local)).toBe(true)
  expect(leadsBack(at('10.0.0.1:21'), [], local)).toBe(false)
})

test.each([
  ['203.0.113.1', true],
  ['127.0.0.9', true],
  ['::1', true],
  ['2001:db8::1', true],
  ['10.0.0.20', false],
])('%s is an address of this host: %s', (address, expected) => {
  expect(isOfThisHost(ip(address), local)).toBe(expected)
})
