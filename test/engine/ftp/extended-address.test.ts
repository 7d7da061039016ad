import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  type ExtendedAddress,
  formatExtendedAddress,
  parseExtendedAddress,
  parseExtendedPassiveReply,
} from '../../../src/engine/ftp/extended-address.ts'
import { endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip, ipFromBytes } from '../../../src/net/ip.ts'
import { complete, type Parsed } from '../../../src/net/parsed.ts'
import { port } from '../../../src/net/port.ts'
import { latin1 } from '../../support/bytes.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** The address, or what is wrong: `protocol` is a 522, anything else a 501. */
function argument(text: string): string {
  const parsed = parseExtendedAddress(latin1(text))
  return parsed.type === 'complete' ? formatEndpoint(parsed.value.endpoint) : parsed.problem
}

function reply(text: string): number | string {
  const parsed = parseExtendedPassiveReply(latin1(text))
  return parsed.type === 'complete' ? parsed.value : parsed.problem
}

describe('the argument of EPRT', () => {
  test.each([
    ['|1|198.51.100.10|51221|', '198.51.100.10:51221'],
    ['|2|2001:db8::10|51221|', '[2001:db8::10]:51221'],
    ['|2|2001:0DB8:0:0::0010|51221|', '[2001:db8::10]:51221'],
    ['!1!198.51.100.10!51221!', '198.51.100.10:51221'],
    ['~2~2001:db8::10~51221~', '[2001:db8::10]:51221'],
    ['"1"198.51.100.10"51221"', '198.51.100.10:51221'],
  ])('%j is %s', (text, expected) => {
    expect(argument(text)).toBe(expected)
  })

  test.each([
    '|3|198.51.100.10|51221|',
    '|10|198.51.100.10|51221|',
    '|2|198.51.100.10|51221|',
    '|1|2001:db8::1|51221|',
  ])('%j asks for another network protocol', (text) => {
    expect(argument(text)).toBe('protocol')
  })

  test.each([
    ['', 'delimiter'],
    ['|1|198.51.100.10|65536|', 'address or port'],
    ['|1|198.51.100.10|65557|', 'address or port'],
    ['|1|198.51.100.10|70000|', 'address or port'],
    ['|1|198.51.100.10|0|', 'address or port'],
    ['|1|198.51.100.10|-1|', 'address or port'],
    ['|1|198.51.100.10|+1025|', 'address or port'],
    ['|1|198.51.100.10|01025|', 'address or port'],
    ['|1|198.51.100.10|1025.0|', 'address or port'],
    ['|1|198.51.100.10||', 'address or port'],
    ['|1||51221|', 'address or port'],
    ['|0|198.51.100.10|51221|', 'network protocol is not a number'],
    ['|01|198.51.100.10|51221|', 'network protocol is not a number'],
    ['|1x|198.51.100.10|51221|', 'network protocol is not a number'],
    ['|-1|198.51.100.10|51221|', 'network protocol is not a number'],
    ['||198.51.100.10|51221|', 'network protocol is not a number'],
    ['|1|198,51,100,10|51221|', 'address or port'],
    ['|1|198.51.100.010|51221|', 'address or port'],
    ['|1|198.51.100.10.|51221|', 'address or port'],
    ['|1|0xc6.51.100.10|51221|', 'address or port'],
    ['|1|3325256714|51221|', 'address or port'],
    ['|1|127.1|51221|', 'address or port'],
    [' 1 198.51.100.10 51221 ', 'delimiter'],
    ['1|198.51.100.10|51221|', 'delimiter'],
    ['|1!198.51.100.10!51221!', 'not three fields'],
    ['1111198.51.100.101512211', 'delimiter'],
    ['.1.198.51.100.10.51221.', 'delimiter'],
    ['a1a198.51.100.10a51221a', 'delimiter'],
    [':1:198.51.100.10:51221:', 'delimiter'],
    ['|1|198.51.100.10|51221', 'not three fields'],
    ['|1|198.51.100.10|51221||', 'not three fields'],
    ['|1|198.51.100.10|51221|x', 'not three fields'],
    ['|1|198.51.100.10|51221| ', 'not three fields'],
    ['||||', 'network protocol is not a number'],
    ['||', 'not three fields'],
    ['|2|1::2::3|51221|', 'address or port'],
    ['|2|:::|51221|', 'address or port'],
    ['|2|1:2:3:4:5:6:7:8:9|51221|', 'address or port'],
    ['|2|12345::|51221|', 'address or port'],
    ['|2|::ffff:1.2.3.256|51221|', 'address or port'],
    [`|2|${'1:'.repeat(100)}|51221|`, 'address or port'],
    ['|2|[2001:db8::10]|51221|', 'address or port'],
    ['|2|2001:db8::10/64|51221|', 'address or port'],
    ['|2|fe80::1%eth0|51221|', 'address or port'],
    ['|2|fe80::1%25eth0|51221|', 'address or port'],
    ['\xff1\xff198.51.100.10\xff51221\xff', 'delimiter'],
  ])('%j is refused: %s', (text, problem) => {
    expect(argument(text)).toBe(problem)
  })
})

test('the network protocol is told with the address', () => {
  const read = (text: string): Parsed<ExtendedAddress> => parseExtendedAddress(latin1(text))
  expect(read('|1|198.51.100.10|21|')).toEqual(
    complete({ endpoint: endpoint(ip('198.51.100.10'), port(21)), protocol: 1 }),
  )
  expect(read('|2|2001:db8::10|21|')).toEqual(
    complete({ endpoint: endpoint(ip('2001:db8::10'), port(21)), protocol: 2 }),
  )
  // Written as IPv6, though what it names is an IPv4 address.
  expect(read('|2|::ffff:198.51.100.10|21|')).toEqual(
    complete({ endpoint: endpoint(ip('198.51.100.10'), port(21)), protocol: 2 }),
  )
})

describe('the text of a 229', () => {
  test.each([
    ['Entering Extended Passive Mode (|||40001|)', 40_001],
    ['Entering Extended Passive Mode (|||40001|).', 40_001],
    ['(!!!40001!)', 40_001],
    ['ok (see RFC) (|||40001|)', 40_001],
  ])('%j names port %i', (text, expected) => {
    expect(reply(text)).toBe(expected)
  })

  test.each([
    ['', 'no port'],
    ['|||40001|', 'no port'],
    ['(|||1000000|)', 'port'],
    ['(|||65536|)', 'port'],
    ['(|||65558|)', 'port'],
    ['(|||-5|)', 'port'],
    ['(|||0|)', 'port'],
    ['(|||00040001|)', 'port'],
    ['(1114000111)', 'delimiter'],
    ['(   40001 )', 'delimiter'],
    ['(||40001|)', 'not (|||port|)'],
    ['(|||40001)', 'not (|||port|)'],
    ['(|||40001|x)', 'not (|||port|)'],
    ['(|||4|0001|)', 'port'],
    ['(||||40001|)', 'port'],
    ['(|||40001||)', 'port'],
    ['(|!|40001|)', 'not (|||port|)'],
    ['(|1|10.0.0.66|40001|)', 'not (|||port|)'],
    ['(|2|2001:db8::66|40001|)', 'not (|||port|)'],
    ['(|1||40001|)', 'not (|||port|)'],
    ['(||1|40001|)', 'not (|||port|)'],
    ['(|||40001|) (|||22|)', 'more than one port'],
    ['(|||22|)(|||40001|)', 'more than one port'],
    ['(10,0,0,20,156,64)', 'delimiter'],
  ])('%j is refused: %s', (text, problem) => {
    expect(reply(text)).toBe(problem)
  })
})

describe('format', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const address = fc
    .oneof(
      fc.array(octet, { minLength: 4, maxLength: 4 }),
      fc.array(octet, { minLength: 16, maxLength: 16 }),
      fc.constant([...Array<number>(10).fill(0), 0xff, 0xff, 198, 51, 100, 10]),
    )
    .map(ipFromBytes)

  test('P30 parse∘format is the identity for both families', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 65_535 }), (from, number) => {
        const announced = endpoint(from, port(number))
        expect(argument(formatExtendedAddress(announced))).toBe(formatEndpoint(announced))
      }),
      { numRuns: 2000 },
    )
  })

  test('P30 every port of a 229 is read back', () => {
    for (let number = 1; number <= 65_535; number++)
      if (reply(`x (|||${number}|)`) !== number) expect(reply(`x (|||${number}|)`)).toBe(number)
    expect(reply('x (|||65536|)')).toBe('port')
  })
})

test('any bytes give an answer', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc.stringMatching(/^[()|!.:0-9a ]{0,60}$/).map(latin1),
  )
  fc.assert(
    fc.property(noise, (bytes) => {
      expect(['complete', 'malformed']).toContain(parseExtendedAddress(bytes).type)
      expect(['complete', 'malformed']).toContain(parseExtendedPassiveReply(bytes).type)
    }),
    { numRuns: 1000 },
  )
})
