import { describe, expect, test } from 'vitest'
import {
  activeOpening,
  defaultOpening,
  isHidden,
  type Legs,
  type Opening,
  passiveOpening,
  serverLegFrom,
  toldToClient,
  toldToServer,
  type Topology,
} from '../../../src/engine/session/addressing.ts'
import { formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { at } from '../../support/conversation.ts'

const FRONT_DOOR: Topology = {
  intercept: 'none',
  keepClientAddress: false,
  nat: undefined,
  publicAddress: undefined,
}
const KEPT: Topology = { ...FRONT_DOOR, keepClientAddress: true }
const REDIRECT: Topology = { ...FRONT_DOOR, intercept: 'redirect' }
const TPROXY: Topology = { ...FRONT_DOOR, intercept: 'tproxy', keepClientAddress: true }
const NAT: Topology = { ...REDIRECT, nat: { publicAddress: ip('203.0.113.9') } }

const client = at('198.51.100.10:40000')
const server = at('10.0.0.20:21')
const proxied: Legs = {
  client,
  server,
  clientLocal: at('203.0.113.1:21'),
  serverLocal: at('10.0.0.1:41000'),
}
const intercepted: Legs = { ...proxied, clientLocal: server }
const kept = at('198.51.100.10:41000')

/** `listen -> dial from address port`, as a pinhole has them. */
function shown({ listen, dial, from }: Opening): string {
  return `${listen.address} ${listen.port} -> ${formatEndpoint(dial)} from ${from.address} ${from.port}`
}

describe('passive', () => {
  const announced = at('10.0.0.20:40007')

  test.each([
    ['front door', proxied, FRONT_DOOR, '203.0.113.1 leased', '10.0.0.1'],
    [
      'front door, kept',
      { ...proxied, serverLocal: kept },
      KEPT,
      '203.0.113.1 leased',
      kept.address,
    ],
    ['intercepted', intercepted, REDIRECT, '10.0.0.20 40007', '10.0.0.1'],
    [
      'intercepted, kept',
      { ...intercepted, serverLocal: kept },
      TPROXY,
      '10.0.0.20 40007',
      kept.address,
    ],
    ['NAT', intercepted, NAT, '10.0.0.20 40007', '10.0.0.1'],
  ])('%s', (_, legs, topology, listen, from) => {
    expect(shown(passiveOpening(legs, topology, announced))).toBe(
      `${listen} -> 10.0.0.20:40007 from ${from} undefined`,
    )
  })
})

describe('active', () => {
  const announced = at('198.51.100.10:51221')

  test.each([
    ['front door, relay', proxied, FRONT_DOOR, 'relay', '10.0.0.1 undefined', '203.0.113.1'],
    ['front door', proxied, FRONT_DOOR, 'kernel', '10.0.0.1 leased', '203.0.113.1'],
    [
      'front door, kept',
      { ...proxied, serverLocal: kept },
      KEPT,
      'kernel',
      '198.51.100.10 51221',
      '203.0.113.1',
    ],
    ['intercepted', intercepted, REDIRECT, 'kernel', '10.0.0.1 leased', '10.0.0.20'],
    [
      'intercepted, kept',
      { ...intercepted, serverLocal: kept },
      TPROXY,
      'kernel',
      '198.51.100.10 51221',
      '10.0.0.20',
    ],
    ['NAT', intercepted, NAT, 'kernel', '10.0.0.1 leased', '10.0.0.20'],
  ] as const)('%s', (_, legs, topology, dataPath, listen, from) => {
    expect(shown(activeOpening(legs, topology, dataPath, announced))).toBe(
      `${listen} -> 198.51.100.10:51221 from ${from} 20`,
    )
  })

  test('on one host the client and our end look alike, and still it is not shown', () => {
    const here = { ...proxied, client: at('127.0.0.1:40000'), serverLocal: at('127.0.0.1:41000') }
    const opening = activeOpening(here, FRONT_DOOR, 'relay', at('127.0.0.1:51221'))
    expect(opening.listen).toEqual({ address: '127.0.0.1', port: undefined })
  })

  test('an address that was to be kept and could not be is not told', () => {
    expect(activeOpening(proxied, KEPT, 'kernel', announced).listen).toEqual({
      address: '10.0.0.1',
      port: 'leased',
    })
  })

  test('without PORT the server means the port of the control connection', () => {
    expect(shown(defaultOpening(proxied))).toBe(
      '10.0.0.1 41000 -> 198.51.100.10:40000 from 203.0.113.1 20',
    )
    expect(shown(defaultOpening({ ...intercepted, serverLocal: kept }))).toBe(
      '198.51.100.10 41000 -> 198.51.100.10:40000 from 10.0.0.20 20',
    )
  })
})

describe('what the client is told', () => {
  const PUBLIC: Topology = { ...FRONT_DOOR, publicAddress: ip('203.0.113.99') }
  const listening = at('203.0.113.1:50000')

  test.each([
    ['227', FRONT_DOOR, proxied, '203.0.113.1:50000'],
    ['227', PUBLIC, proxied, '203.0.113.99:50000'],
    ['229', PUBLIC, proxied, '203.0.113.1:50000'],
  ] as const)('%s of a front door', (form, topology, legs, told) => {
    expect(formatEndpoint(toldToClient(form, topology, legs, listening))).toBe(told)
  })

  test('intercepted, what the server said', () => {
    const said = at('10.0.0.20:40007')
    for (const form of ['227', '229'] as const)
      expect(toldToClient(form, REDIRECT, intercepted, said)).toEqual(said)
  })
})

describe('what the server is told', () => {
  test('where it may connect; of hidden clients, their public address', () => {
    const listening = at('10.0.0.1:50000')
    expect(toldToServer(REDIRECT, listening)).toEqual(listening)
    expect(toldToServer(NAT, listening)).toEqual(at('203.0.113.9:50000'))
  })

  test('IPv6 clients are not hidden', () => {
    const listening = at('[2001:db8::1]:50000')
    expect(toldToServer(NAT, listening)).toEqual(listening)
  })
})

test.each([
  [FRONT_DOOR, [], undefined],
  [REDIRECT, ['203.0.113.9'], undefined],
  [TPROXY, [], { from: client.address, isTransparent: true }],
  [NAT, ['10.0.0.1', '203.0.113.9'], { from: '203.0.113.9' }],
  [NAT, ['10.0.0.1'], undefined],
])('our end of the server leg, %#', (topology, local, expected) => {
  const addresses = new Set(local.map(ip))
  expect(serverLegFrom(topology, client.address, server.address, addresses)).toEqual(expected)
})

test('an IPv6 server sees no IPv4 address', () => {
  const addresses = new Set([ip('203.0.113.9')])
  const [from, to] = [ip('2001:db8::10'), ip('2001:db8::20')]
  expect(serverLegFrom(NAT, from, to, addresses)).toBeUndefined()
})

test('only NAT hides clients, and only those of IPv4', () => {
  expect([FRONT_DOOR, REDIRECT, TPROXY].map((one) => isHidden(one, client.address))).toEqual([
    false,
    false,
    false,
  ])
  expect(isHidden(NAT, client.address)).toBe(true)
  expect(isHidden(NAT, ip('2001:db8::10'))).toBe(false)
})
