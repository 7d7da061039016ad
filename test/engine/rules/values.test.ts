import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import {
  addresses,
  cipherSuites,
  count,
  deniedPorts,
  interfaces,
  listenEndpoint,
  listenerServer,
  mechanisms,
  onePort,
  passivePorts,
  ports,
  publicAddress,
  serverNames,
  thirdParty,
  tlsVersion,
} from '../../../src/engine/rules/values.ts'

function problems(schema: z.ZodType, value: unknown): readonly string[] {
  const result = schema.safeParse(value)
  return (result.error?.issues ?? []).map(
    ({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
  )
}

describe('addresses', () => {
  test('any, one, several', () => {
    expect(addresses.parse('any')).toBeUndefined()
    expect(addresses.parse('10.0.0.1')).toEqual([{ address: '10.0.0.1', prefix: 32 }])
    expect(addresses.parse(['10.0.0.0/8', '::/0'])).toHaveLength(2)
  })

  test('both families whole are any', () => {
    expect(addresses.parse(['0.0.0.0/0', '::/0'])).toBeUndefined()
    expect(addresses.parse(['0.0.0.0/0'])).toHaveLength(1)
  })

  test('K7 an empty list is never "all"', () => {
    expect(problems(addresses, [])).toEqual([expect.stringMatching('the list is empty')])
    expect(problems(thirdParty, [])).toEqual([expect.stringMatching('the list is empty')])
  })

  test('every entry is judged', () => {
    expect(problems(addresses, ['10.0.0.1/8', 'any', 7, null, '10.0.0.1'])).toEqual([
      expect.stringMatching(/^0: .*host/),
      '1: any stands alone, not in a list',
      '2: expected an address or a CIDR block',
      '3: expected an address or a CIDR block',
    ])
  })

  test.each([null, 10, true, {}])('%j is none', (value) => {
    expect(problems(addresses, value)).toEqual([
      'expected any, an address, a CIDR block, or a list of them',
    ])
  })

  test('third parties are denied or listed, never any', () => {
    expect(thirdParty.parse('deny')).toEqual([])
    expect(problems(thirdParty, 'any')).toHaveLength(1)
    expect(problems(thirdParty, ['any'])).toEqual(['0: any stands alone, not in a list'])
  })
})

describe('K5 ports', () => {
  test.each([true, null, [21], {}])('%j is no port', (value) => {
    expect(problems(ports, value)).toEqual(['expected a port or a range, as 50000-50099'])
  })

  test('passive ports are not privileged', () => {
    expect(problems(passivePorts, '1023-2000')).toEqual([
      'passive ports begin at 1024: clients do not connect to lower ones',
    ])
    expect(passivePorts.parse('1024-2000')).toEqual({ first: 1024, last: 2000 })
  })

  test('denied ports do not overlap', () => {
    expect(problems(deniedPorts, [1, '1-5', '5-9', 10])).toEqual([
      '1: overlaps a port or range earlier in this list',
      '2: overlaps a port or range earlier in this list',
    ])
    expect(deniedPorts.parse([])).toEqual([])
  })
})

describe('endpoints', () => {
  test('a listener may be at every address, a server not', () => {
    expect(listenEndpoint.safeParse('0.0.0.0:21').success).toBe(true)
    expect(listenEndpoint.safeParse('[::]:21').success).toBe(true)
    expect(problems(listenerServer, '0.0.0.0:21')).toEqual(['this means every address, not one'])
    expect(problems(listenEndpoint, '224.0.0.1:21')).toEqual(['this is a multicast address'])
  })

  test('a bad endpoint has one problem', () => {
    expect(problems(listenEndpoint, 'x')).toHaveLength(1)
    expect(problems(listenEndpoint, 21)).toEqual(['expected an address and a port, as 10.0.0.1:21'])
  })

  test('a server may also be whichever the client meant', () => {
    expect(listenerServer.parse('original-destination')).toBe('original-destination')
    expect(problems(listenerServer, 'x')).toEqual(problems(listenEndpoint, 'x'))
    expect(problems(listenerServer, 'original-destinaton')).toEqual([
      'did you mean "original-destination"?',
    ])
    expect(problems(listenerServer, 21)).toEqual([
      'expected an address and a port, as 10.0.0.1:21, or original-destination',
    ])
  })

  test('an interface has a name that the kernel would give it', () => {
    expect(interfaces.parse(['eth0', 'br-lan', 'wg0.100'])).toEqual(['eth0', 'br-lan', 'wg0.100'])
    for (const name of ['', 'eth 0', '-eth0', 'a"b', 'sixteen-letters0'])
      expect(problems(interfaces, [name])).toEqual(['0: expected the name of an interface'])
    expect(problems(interfaces, [])).toHaveLength(1)
    expect(problems(interfaces, 'eth0')).toEqual([
      'expected a list of network interfaces, as [eth0]',
    ])
  })

  test('one port is no range', () => {
    expect(onePort.parse(21)).toBe(21)
    expect(problems(onePort, '20-21')).toEqual(['expected one port, not a range'])
  })

  test('only IPv4 clients are told an address', () => {
    expect(publicAddress.parse('203.0.113.10')).toBe('203.0.113.10')
    expect(problems(publicAddress, '2001:db8::1')).toHaveLength(1)
    expect(problems(publicAddress, '0.0.0.0')).toHaveLength(1)
  })
})

describe('encryption', () => {
  test('every entry of a list is judged', () => {
    expect(mechanisms.parse(['tls', 'SSL'])).toEqual(['TLS', 'SSL'])
    expect(problems(mechanisms, ['TLS', 'x', 7])).toEqual([
      expect.stringMatching(/^1: "x" is not a security mechanism/),
      '2: expected a security mechanism, as TLS',
    ])
    expect(problems(cipherSuites, [5, 'RC4-SHA'])).toEqual([
      '0: expected a cipher suite, as TLS_RSA_WITH_RC4_128_SHA',
      expect.stringMatching(/^1: "RC4-SHA"/),
    ])
    expect(problems(serverNames, ['a.org', '*'])).toEqual([expect.stringMatching(/^1: /)])
  })

  test('no mechanism and no suite can be meant, no server name cannot', () => {
    expect(mechanisms.parse([])).toEqual([])
    expect(cipherSuites.parse([])).toEqual([])
    expect(problems(serverNames, [])).toEqual([
      'the list is empty, so nobody could begin TLS: leave it out for any name',
    ])
  })

  test('a list is a list, a version a version', () => {
    expect(problems(mechanisms, 'TLS')).toEqual([
      'expected a list of security mechanisms, as [TLS, TLS-C]',
    ])
    expect(problems(cipherSuites, 'x')).toEqual(['expected a list of cipher suites'])
    expect(problems(serverNames, 'a.org')).toEqual(['expected a list of server names'])
    expect(problems(tlsVersion, true)).toEqual(['expected a version of TLS, as TLS1.2'])
    expect(tlsVersion.parse(1.2)).toBe('TLS1.2')
  })
})

test.each([0, 11, 1.5, '5', null, Number.NaN])('count refuses %j', (value) => {
  expect(problems(count(1, 10), value)).toEqual(['expected a whole number from 1 to 10'])
})
