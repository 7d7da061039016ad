import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AnnouncedContext,
  checkActiveAddress,
  checkPassiveAddress,
  isLoopback,
  isSpecialAddress,
} from '../../../src/engine/nat/address-policy.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip, ipFromBytes } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { at } from '../../support/conversation.ts'
import { block, ports } from '../../support/rules.ts'

const strict: AnnouncedContext = {
  peer: ip('198.51.100.10'),
  local: new Set([ip('203.0.113.1')]),
  thirdParty: [],
  deniedPorts: [ports('3389')],
  isLoopbackAllowed: false,
}

const addresses = fc
  .oneof(
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 }),
  )
  .map(ipFromBytes)
const anyPort = fc.integer({ min: 1, max: 65_535 }).map(port)

describe('active mode', () => {
  test('whatever is announced, only the peer itself passes', () => {
    fc.assert(
      fc.property(addresses, anyPort, (address, number) => {
        fc.pre(address !== strict.peer)
        expect(checkActiveAddress(endpoint(address, number), strict)).toBeDefined()
      }),
    )
  })

  test('the peer passes on every port that is neither privileged nor denied', () => {
    fc.assert(
      fc.property(anyPort, (number) => {
        const expected =
          number < 1024 ? 'port.privileged' : number === 3389 ? 'port.denylisted' : undefined
        expect(checkActiveAddress(endpoint(strict.peer, number), strict)).toBe(expected)
      }),
    )
  })

  test.each([
    ['198.51.100.11:51221', 'port.foreign-address'],
    ['203.0.113.1:51221', 'port.self'],
    ['127.0.0.1:51221', 'port.special-address'],
    ['192.0.2.50:51221', undefined],
    ['192.0.2.50:22', 'port.privileged'],
    ['192.0.2.50:3389', 'port.denylisted'],
    ['192.0.3.50:51221', 'port.foreign-address'],
  ])('a list of third parties opens nothing else: %s', (announced, problem) => {
    const context = { ...strict, thirdParty: [block('192.0.2.0/24')] }
    expect(checkActiveAddress(at(announced), context)).toBe(problem)
  })

  test('loopback passes for a loopback client of a loopback listener alone', () => {
    const peer = ip('127.0.0.1')
    const announced = at('127.0.0.1:51221')
    const local = new Set([peer])
    const check = (context: Partial<AnnouncedContext>): string | undefined =>
      checkActiveAddress(announced, { ...strict, ...context })
    expect(check({ peer, local, isLoopbackAllowed: true })).toBeUndefined()
    expect(check({ peer, local })).toBe('port.special-address')
    expect(check({ peer: ip('127.0.0.2'), local, isLoopbackAllowed: true })).toBe(
      'port.special-address',
    )
    expect(check({ local, isLoopbackAllowed: true })).toBe('port.special-address')
  })

  test('a peer whose own address is special may not announce it', () => {
    const peer = ip('169.254.1.1')
    expect(checkActiveAddress(endpoint(peer, port(51_221)), { ...strict, peer })).toBe(
      'port.special-address',
    )
  })
})

describe('passive mode', () => {
  const local = new Set([ip('10.0.0.1')])
  const peer = ip('10.0.0.20')

  test('whatever the server announces, only the server itself passes', () => {
    fc.assert(
      fc.property(addresses, anyPort, (address, number) => {
        fc.pre(address !== peer)
        const problem = checkPassiveAddress(endpoint(address, number), {
          peer,
          local,
          thirdParty: [],
        })
        expect(problem).toBe('pasv.foreign-address')
      }),
    )
  })

  test.each([
    ['10.0.0.20:1024', undefined],
    ['10.0.0.20:1023', 'pasv.bad-port'],
    ['10.0.0.21:40000', undefined],
    ['10.0.0.21:21', 'pasv.bad-port'],
    ['10.0.0.1:40000', 'pasv.foreign-address'],
    ['10.0.1.20:40000', 'pasv.foreign-address'],
    ['127.0.0.1:40000', 'pasv.foreign-address'],
  ])('M2 a listed network does not hold the proxy itself: %s', (announced, problem) => {
    const thirdParty = [block('10.0.0.0/24'), block('127.0.0.0/8')]
    expect(checkPassiveAddress(at(announced), { peer, local, thirdParty })).toBe(problem)
  })

  test('a server on this host is what the rule file says', () => {
    const announced = at('127.0.0.1:40000')
    const here = ip('127.0.0.1')
    const context = { peer: here, local: new Set([here]), thirdParty: [] }
    expect(checkPassiveAddress(announced, context)).toBeUndefined()
  })
})

test.each([
  ['0.0.0.0', true],
  ['0.255.255.255', true],
  ['1.0.0.0', false],
  ['126.255.255.255', false],
  ['127.0.0.0', true],
  ['128.0.0.0', false],
  ['169.253.255.255', false],
  ['169.254.0.0', true],
  ['169.254.255.255', true],
  ['169.255.0.0', false],
  ['223.255.255.255', false],
  ['224.0.0.0', true],
  ['255.255.255.255', true],
  ['10.0.0.1', false],
  ['::', true],
  ['::1', true],
  ['::7f00:1', true],
  ['0:0:0:1::', false],
  ['64:ff9a::1', false],
  ['64:ff9b::1', true],
  ['2001::1', true],
  ['2001:0:4136:e378::1', true],
  ['2001:1::1', false],
  ['2002::1', true],
  ['2003::1', false],
  ['fe7f::1', false],
  ['fe80::1', true],
  ['febf::1', true],
  ['fec0::1', false],
  ['ff00::1', true],
  ['fd00:ec2::254', true],
  ['fd00:ec2::253', false],
  ['2001:db8::1', false],
])('B9 B10 B11 B12 %s is special: %s', (address, expected) => {
  expect(isSpecialAddress(ip(address))).toBe(expected)
})

test.each([
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['::1', true],
  ['128.0.0.1', false],
  ['::2', false],
  ['::ffff:127.0.0.1', true],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(ip(address))).toBe(expected)
})
