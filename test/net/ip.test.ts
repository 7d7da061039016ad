import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ip, ip, ipBytes, ipFamily, ipFromBytes, parseIp } from '../../src/net/ip.ts'

const byte = fc.integer({ min: 0, max: 255 })
const ipv4 = fc.array(byte, { minLength: 4, maxLength: 4 })
const ipv6 = fc.array(fc.oneof(byte, fc.constant(0)), { minLength: 16, maxLength: 16 })

describe('parseIp', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:0DB8:0:0::0010', '2001:db8::10'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['1:0:0:4:5:6:7:8', '1::4:5:6:7:8'],
    ['1:0:0:4:5:0:0:8', '1::4:5:0:0:8'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:255.255.255.255', '255.255.255.255'],
    // Mapped is only what has zeros before.
    ['1::ffff:192.0.2.1', '1::ffff:c000:201'],
    ['::1:ffff:192.0.2.1', '::1:ffff:c000:201'],
    ['::ff00:192.0.2.1', '::ff00:c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
  ])('%s is %s', (text, canonical) => {
    expect(parseIp(text)).toBe(canonical)
  })

  test.each([
    '',
    '10.0.0',
    '10.0.0.1.2',
    '10.0.0.256',
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    '10.0.0.1 ',
    ' 10.0.0.1',
    '10.0.0.+1',
    '1::2::3',
    ':::',
    ':1',
    '1:',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '::1/128',
    '::ffff:1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:1.2.3.4:8',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4::5:6:7:8:9',
    '١٠.0.0.1',
    `${'0'.repeat(50)}::1`,
  ])('%j is no address', (text) => {
    expect(parseIp(text)).toBeUndefined()
  })

  test('every address is its own canonical text, and has its bytes', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (bytes) => {
        const address = ipFromBytes(bytes)
        expect(parseIp(address)).toBe(address)
        const isMapped = bytes.length === 16 && ipFamily(address) === 4
        expect(ipBytes(address)).toEqual(isMapped ? bytes.slice(12) : bytes)
      }),
    )
  })

  test('no text makes it throw, and what it accepts it accepts again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const parsed = parseIp(text)
        if (parsed !== undefined) expect(parseIp(parsed)).toBe(parsed)
      }),
    )
  })
})

test('ip and ipFromBytes throw on nonsense of ours', () => {
  expect(() => ip('nowhere')).toThrow(new RangeError('not an IP address: nowhere'))
  expect(() => ipFromBytes([1, 2, 3])).toThrow(
    new RangeError('an address has 4 or 16 bytes, not 3'),
  )
  expect(() => ipBytes('10.0.0' as Ip)).toThrow(new RangeError('not canonical: 10.0.0'))
})

test('families', () => {
  expect(ipFamily(ip('192.0.2.1'))).toBe(4)
  expect(ipFamily(ip('2001:db8::1'))).toBe(6)
})
