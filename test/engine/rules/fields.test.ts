import { describe, expect, test } from 'vitest'
import {
  MECHANISMS,
  readCidr,
  readCipherSuite,
  readDeniedCommand,
  readDuration,
  readEndpoint,
  readIp,
  readMechanism,
  readName,
  readPorts,
  readServerName,
  readTlsVersion,
} from '../../../src/engine/rules/fields.ts'
import type { Parsed } from '../../../src/net/parsed.ts'

const problem = (parsed: Parsed<unknown>): string | undefined =>
  parsed.type === 'malformed' ? parsed.problem : undefined

describe('CIDR blocks', () => {
  test.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8 }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0 }],
    ['10.0.0.1', { address: '10.0.0.1', prefix: 32 }],
    ['2001:DB8::/32', { address: '2001:db8::', prefix: 32 }],
  ])('K6 %s', (text, value) => {
    expect(readCidr(text)).toEqual({ type: 'complete', value })
  })

  test.each([
    ['10.0.0.1/8', /write 10\.0\.0\.0\/8 for the network or 10\.0\.0\.1 for the host/],
    ['2001:db8::1/32', /write 2001:db8::\/32 for the network/],
    ['10.0.0.0/33', /must be 0 to 32/],
    ['2001:db8::/129', /must be 0 to 128/],
    ['10.0.0.0/-1', /must be 0 to 32/],
    ['10.0.0.0/', /must be 0 to 32/],
    ['10.0.0.0/08', /must be 0 to 32/],
    ['10.0.0.0/8/8', /not an address/],
    ['/', /not an address/],
    ['', /not empty text/],
    ['10.0.0/8', /not an address/],
    ['10', /not an address/],
    ['010.0.0.0/8', /leading zero/],
    ['0x0a.0.0.1', /not an address|name/],
    ['::ffff:10.0.0.0/104', /write the IPv4 block itself/],
    ['fe80::1%eth0', /not an address/],
    ['partners.example.org', /is a name/],
    [' 10.0.0.1', /not an address/],
  ])('K6 %j is refused, never "all"', (text, message) => {
    expect(problem(readCidr(text))).toMatch(message)
  })
})

describe('endpoints', () => {
  test.each(['10.0.0.1:21', '0.0.0.0:2121', '[::]:21', '[2001:db8::1]:990'])('%s', (text) => {
    expect(readEndpoint(text).type).toBe('complete')
  })

  test.each([
    ['ftp.example.org:21', /names a host; write its address/],
    ['localhost:21', /names a host/],
    ['localhost', /names a host/],
    ['10.0.0.1:0', /"0" is not a port/],
    ['10.0.0.1:65536', /is not a port/],
    ['10.0.0.1:ftp', /is not a port/],
    ['10.0.0.1', /not an address and a port/],
    ['10.0.0.1:', /is not a port/],
    [':21', /not an address and a port/],
    ['2001:db8::1:21', /not an address and a port/],
    ['127.1:21', /not an address and a port/],
    ['0127.0.0.1:21', /not an address and a port/],
  ])('%s', (text, message) => {
    expect(problem(readEndpoint(text))).toMatch(message)
  })
})

describe('ports and ranges', () => {
  test.each([
    [21, { first: 21, last: 21 }],
    ['21', { first: 21, last: 21 }],
    ['50000-50099', { first: 50_000, last: 50_099 }],
    ['7-7', { first: 7, last: 7 }],
  ])('K5 %s', (value, range) => {
    expect(readPorts(value)).toEqual({ type: 'complete', value: range })
  })

  test.each([
    ['50100-50000', /reversed: write 50000-50100/],
    ['0-65535', /not a port or a range/],
    ['1-65536', /not a port or a range/],
    ['50000-50099,', /not a port or a range/],
    ['50000-', /not a port or a range/],
    ['-1', /not a port or a range/],
    [1.5, /not a port or a range/],
    [-1, /not a port or a range/],
    [0, /not a port or a range/],
    [65_536, /not a port or a range/],
    ['1e3', /not a port or a range/],
    ['0x15', /not a port or a range/],
    ['021', /not a port or a range/],
    ['1-2-3', /not a port or a range/],
    ['ftp', /not a port or a range/],
    [' 21', /not a port or a range/],
  ])('K5 %s', (value, message) => {
    expect(problem(readPorts(value))).toMatch(message)
  })
})

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['168h', 604_800_000],
])('duration %s', (text, value) => {
  expect(readDuration(text)).toEqual({ type: 'complete', value })
})

test.each([
  ['30', /not a duration/],
  ['0s', /longer than zero/],
  ['169h', /longest allowed/],
  ['-1s', /not a duration/],
  ['1d', /not a duration/],
])('duration %s is refused', (text, message) => {
  expect(problem(readDuration(text))).toMatch(message)
})

test('commands are ASCII before they are put into capitals', () => {
  expect(readDeniedCommand('site exec')).toEqual({ type: 'complete', value: 'SITE EXEC' })
  expect(problem(readDeniedCommand('ſite'))).toMatch(/not a command/)
  expect(problem(readDeniedCommand('SITE  EXEC'))).toMatch(/not a command/)
})

test('names and single addresses', () => {
  expect(readName('partners 2026').type).toBe('complete')
  expect(problem(readName('a\u001b[31m'))).toMatch(/not a name/)
  expect(problem(readName(''))).toMatch(/not a name/)
  expect(readIp('::FFFF:10.0.0.1')).toEqual({ type: 'complete', value: '10.0.0.1' })
  expect(problem(readIp('10.0.0.1/32'))).toMatch(/not an address/)
})

describe('mechanisms of AUTH', () => {
  test.each(MECHANISMS)('%s in any case', (mechanism) => {
    expect(readMechanism(mechanism.toLowerCase())).toEqual({ type: 'complete', value: mechanism })
  })

  test.each([
    ['TSL', /did you mean "TLS"\?/],
    ['NTLM', /they are TLS, TLS-C, TLS-P, SSL, GSSAPI, KERBEROS_V4/],
    ['KERBEROS', /did you mean "KERBEROS_V4"\?/],
    ['ſſl', /not a security mechanism/],
    ['TLS ', /not a security mechanism/],
    ['', /not a security mechanism/],
  ])('%j is none', (text, message) => {
    expect(problem(readMechanism(text))).toMatch(message)
  })
})

describe('versions of TLS', () => {
  test.each([
    ['TLS1.0', 'TLS1.0'],
    ['1.1', 'TLS1.1'],
    [1.2, 'TLS1.2'],
    ['TLS1.3', 'TLS1.3'],
  ])('%j', (text, value) => {
    expect(readTlsVersion(text)).toEqual({ type: 'complete', value })
  })

  test.each(['1', 1, '1.4', 'SSL3', 'TLS 1.2', 'TLSv1.2', 'TLSTLS1.2', '', 'TLS'])(
    '%j is none',
    (text) => {
      expect(problem(readTlsVersion(text))).toMatch(/they are TLS1\.0, TLS1\.1, TLS1\.2, TLS1\.3/)
    },
  )
})

describe('cipher suites', () => {
  test.each([
    ['tls_rsa_with_rc4_128_sha', 'TLS_RSA_WITH_RC4_128_SHA'],
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['0xc02f', '0xC02F'],
    ['0X0005', '0x0005'],
  ])('%s', (text, value) => {
    expect(readCipherSuite(text)).toEqual({ type: 'complete', value })
  })

  test.each(['RC4-SHA', 'TLS_', 'TLS_A B', '0x5', '0x00005', '0xGGGG', '', 'TLS_NO_SUCH_SUITE'])(
    '%j is none',
    (text) => {
      expect(problem(readCipherSuite(text))).toMatch(/write its IANA name/)
    },
  )

  test.each([
    ['TLS_RSA_WITH_RC4_128_SHAA', 'TLS_RSA_WITH_RC4_128_SHA'],
    ['TLS_RSA_WITH_RC_128_SHA', 'TLS_RSA_WITH_RC4_128_SHA'],
    ['TLS_AEſ_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ])('%s is none, but nearly', (text, meant) => {
    expect(problem(readCipherSuite(text))).toContain(`did you mean "${meant}"?`)
  })
})

describe('server names', () => {
  test.each(['ftp.example.org', '*.example.org', 'localhost', 'xn--bcher-kva.example', 'a_b.c'])(
    '%s',
    (name) => {
      expect(readServerName(name.toUpperCase())).toEqual({ type: 'complete', value: name })
    },
  )

  test.each([
    ['*', /leave it out/],
    ['10.0.0.1', /is an address/],
    ['2001:db8::1', /is an address/],
    ['ftp.example.org.', /not a server name/],
    ['*.', /not a server name/],
    ['a.*.org', /not a server name/],
    ['*ftp.example.org', /not a server name/],
    ['*.*.example.org', /not a server name/],
    ['.example.org', /not a server name/],
    ['a..b', /not a server name/],
    ['-a.org', /not a server name/],
    ['a-.org', /not a server name/],
    ['bücher.example', /xn-- form/],
    ['K.example', /xn-- form/],
    ['ftp.example.org:21', /not a server name/],
    ['', /not a server name/],
    [`${'a'.repeat(64)}.org`, /not a server name/],
    [`${'a.'.repeat(126)}org`, /not a server name/],
  ])('%j is none', (text, message) => {
    expect(problem(readServerName(text))).toMatch(message)
  })
})
