import { describe, expect, test } from 'vitest'
import { castOf, serverOf } from '../../src/explain/cast.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { castFor, OFFICE, OPEN, rulesetOf } from './examples.ts'

const listenerOf = (text: string): ReturnType<typeof rulesetOf>['listeners'][number] =>
  rulesetOf(text).listeners[0] as ReturnType<typeof rulesetOf>['listeners'][number]

test('a listener at one address is known by it', () => {
  const { known, local, server } = castFor(OFFICE)
  expect([known.address, local.address, server.address]).toEqual([
    '192.0.2.1',
    '192.0.2.1',
    '10.0.0.5',
  ])
})

test('a public address leads to the listener by way of a router', () => {
  const { known, local } = castFor(
    OFFICE.replace('name: office, listen', 'public-address: 203.0.113.9, name: office, listen'),
  )
  expect([known.address, local.address]).toEqual(['203.0.113.9', '192.0.2.1'])
})

test.each([
  ['198.51.100.7', true],
  ['2001:db8::7', true],
])('[::] takes %s', (client, can) => {
  expect(
    castOf(listenerOf(OPEN), ip(client), serverOf(listenerOf(OPEN), 4, undefined)) !== undefined,
  ).toBe(can)
})

test('IPv6 clients cannot connect to an IPv4 address', () => {
  const listener = listenerOf(OFFICE)
  expect(castOf(listener, ip('2001:db8::7'), serverOf(listener, 6, undefined))).toBeUndefined()
})

describe('a listener for every server', () => {
  const gateway = {
    ...listenerOf(OFFICE),
    server: 'original-destination',
    intercept: 'tproxy',
  } as const

  test('serves the one that is asked about', () => {
    expect(serverOf(gateway, 4, ip('192.0.2.99'))).toEqual({ address: '192.0.2.99', port: 21 })
    expect(serverOf(gateway, 6, ip('192.0.2.99')).address).toContain(':')
  })

  test('is known by the address of the server', () => {
    const server = serverOf(gateway, 4, ip('192.0.2.99'))
    const cast = castOf(gateway, ip('198.51.100.7'), server)
    expect([cast?.known.address, cast?.local.address]).toEqual(['192.0.2.99', '192.0.2.99'])
    const redirected = castOf({ ...gateway, intercept: 'redirect' }, ip('198.51.100.7'), server)
    expect(redirected?.local.address).toBe('192.0.2.1')
    expect(castOf(gateway, ip('2001:db8::7'), server)).toBeUndefined()
  })

  test('takes connections of its own network protocol', () => {
    const [client, server] = [ip('2001:db8::7'), serverOf(gateway, 6, undefined)]
    const listening = (address: string): string | undefined =>
      castOf({ ...gateway, listen: endpoint(ip(address), port(2_121)) }, client, server)?.known
        .address
    expect(listening('0.0.0.0')).toBeUndefined()
    expect(listening('::')).toBe(server.address)
    expect(listening('2001:db8::1')).toBe(server.address)
  })
})
