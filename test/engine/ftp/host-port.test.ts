import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  formatHostPort,
  parseHostPort,
  parsePassiveReply,
} from '../../../src/engine/ftp/host-port.ts'
import { formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip, ipFromBytes } from '../../../src/net/ip.ts'
import type { Parsed } from '../../../src/net/parsed.ts'
import { port } from '../../../src/net/port.ts'
import { latin1 } from '../../support/bytes.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

function show(parsed: Parsed<Parameters<typeof formatEndpoint>[0]>): string {
  return parsed.type === 'complete' ? formatEndpoint(parsed.value) : parsed.problem
}

function argument(text: string): string {
  return show(parseHostPort(latin1(text)))
}

function reply(text: string): string {
  return show(parsePassiveReply(latin1(text)))
}

describe('the argument of PORT', () => {
  test.each([
    ['198,51,100,10,200,21', '198.51.100.10:51221'],
    ['0,0,0,0,0,1', '0.0.0.0:1'],
    ['255,255,255,255,255,255', '255.255.255.255:65535'],
  ])('%j is %s', (text, expected) => {
    expect(argument(text)).toBe(expected)
  })

  test.each([
    ['198,51,100,10,256,22', 'a number is above 255'],
    ['454,51,100,10,200,21', 'a number is above 255'],
    ['198,51,100,10,-1,0', 'not six decimal numbers'],
    ['198,51,100,10,+200,21', 'not six decimal numbers'],
    ['198,51,100,10,0xC8,21', 'not six decimal numbers'],
    ['198,51,100,10,2e2,21', 'not six decimal numbers'],
    ['198,51,100,10,200.0,21', 'not six decimal numbers'],
    ['198,51,100,010,200,21', 'not six decimal numbers'],
    ['198,51,100,10,,21', 'not six decimal numbers'],
    ['198, 51,100,10,200,21', 'not six decimal numbers'],
    ['198,51,100,10,200', 'not six decimal numbers'],
    ['', 'not six decimal numbers'],
    ['198,51,100,10,200,21,1', 'not six decimal numbers'],
    ['198,51,100,10,200,21 ', 'not six decimal numbers'],
    [' 198,51,100,10,200,21', 'not six decimal numbers'],
    ['198,51,100,10,200,21\n', 'not six decimal numbers'],
    ['198,51,100,10,4294967496,21', 'not six decimal numbers'],
    ['198,51,100,10,18446744073709551816,21', 'not six decimal numbers'],
    ['000000000000198,51,100,10,200,21', 'not six decimal numbers'],
    ['198.51.100.10,200,21', 'not six decimal numbers'],
    ['198;51;100;10;200;21', 'not six decimal numbers'],
    ['198,51,100,10,0,0', 'port 0'],
    ['(198,51,100,10,200,21)', 'not six decimal numbers'],
  ])('%j is refused: %s', (text, problem) => {
    expect(argument(text)).toBe(problem)
  })

  test('P14 digits of other scripts are malformed', () => {
    expect(parseHostPort(Buffer.from('١٩٨,51,100,10,200,21')).type).toBe('malformed')
  })
})

describe('the text of a 227', () => {
  test.each([
    ['Entering Passive Mode (10,0,0,20,156,64)', '10.0.0.20:40000'],
    ['Entering Passive Mode (10,0,0,20,156,64).', '10.0.0.20:40000'],
    ['Entering Passive Mode 10,0,0,20,156,64', '10.0.0.20:40000'],
    ['Entering Passive Mode 10,0,0,20,156,64.', '10.0.0.20:40000'],
    ['=10,0,0,20,156,64', '10.0.0.20:40000'],
    ['10,0,0,20,156,64', '10.0.0.20:40000'],
    ['( 10,0,0,20,156,64 )', '10.0.0.20:40000'],
    ['1 Entering (10,0,0,20,156,64)', '10.0.0.20:40000'],
    ['123456 (10,0,0,20,156,64)', '10.0.0.20:40000'],
    ['Modo passivo, 2 vie (10,0,0,20,156,64) pronto', '10.0.0.20:40000'],
  ])('%j names %s', (text, expected) => {
    expect(reply(text)).toBe(expected)
  })

  test.each([
    ['', 'no address'],
    ['Entering Passive Mode', 'no address'],
    ['Entering Passive Mode ()', 'no address'],
    ['10,0,0,66,0,22 (10,0,0,20,156,64)', 'more than one address'],
    ['(10,0,0,20,156,64) 10,0,0,66,0,22', 'more than one address'],
    ['(10,0,0,20,156,64)(10,0,0,20,156,64)', 'more than one address'],
    ['x (010,0,0,20,156,64)', 'not six decimal numbers'],
    ['(1216,256,2,127,127,127)', 'not six decimal numbers'],
    ['(212,27,32,66,257,243)', 'a number is above 255'],
    ['(10,0,0,20,999,1)', 'a number is above 255'],
    ['(10,0,0,20,255,65535)', 'not six decimal numbers'],
    ['(10,0,0,20,156,64,1)', 'not six decimal numbers'],
    ['(10,0,0,20,0,0)', 'port 0'],
    ['(10,0,0,20,156)', 'no address'],
    ['(10,0,0,20,-1,64)', 'no address'],
    ['(10,0,0,20,156,64', 'not set off'],
    ['10,0,0,20,156,64)', 'not set off'],
    ['x10,0,0,20,156,64', 'not set off'],
    ['10,0,0,20,156,64x', 'not set off'],
    ['a x10,0,0,20,156,64', 'not set off'],
    ['a=x10,0,0,20,156,64', 'not set off'],
    ['10,0,0,20,156,64x y', 'not set off'],
    ['10,0,0,20,156,64x.', 'not set off'],
    ['10,0,0,20,156,64x. y', 'not set off'],
    ['10,0,0,20,156,64.x', 'not set off'],
    ['(10,0,0,20,156,64,)', 'not six decimal numbers'],
    ['(,10,0,0,20,156,64)', 'not six decimal numbers'],
    ['(10.0.0.20,156,64)', 'no address'],
  ])('%j is refused: %s', (text, problem) => {
    expect(reply(text)).toBe(problem)
  })
})

describe('format', () => {
  test('writes decimal numbers without leading zeros', () => {
    expect(formatHostPort(ip('10.0.0.20'), port(40_000))).toBe('10,0,0,20,156,64')
    expect(formatHostPort(ip('0.0.0.0'), port(1))).toBe('0,0,0,0,0,1')
  })

  test('refuses an address it cannot hold', () => {
    expect(() => formatHostPort(ip('2001:db8::1'), port(21))).toThrow(
      new RangeError('host-port holds IPv4 alone: 2001:db8::1'),
    )
  })

  test('P30 parse∘format is the identity for every address and port', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(
        fc.tuple(octet, octet, octet, octet),
        fc.integer({ min: 1, max: 65_535 }),
        (octets, number) => {
          const text = formatHostPort(ipFromBytes(octets), port(number))
          const expected = `${octets.join('.')}:${number}`
          expect(argument(text)).toBe(expected)
          expect(reply(`Entering Passive Mode (${text}).`)).toBe(expected)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('P30 every port has one text, and every text of two octets one port', () => {
    const texts = new Set<string>()
    for (let number = 1; number <= 65_535; number++) {
      const text = formatHostPort(ip('10.0.0.20'), port(number))
      texts.add(text)
      if (argument(text) !== `10.0.0.20:${number}`) expect(argument(text)).toBe(number)
    }
    expect(texts.size).toBe(65_535)
  })

  test('format∘parse changes nothing in an argument that is accepted', () => {
    const field = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom('', '-1', '007', '+1', ' 1', '0x1', '1e1', '00'),
    )
    fc.assert(
      fc.property(fc.array(field, { minLength: 5, maxLength: 7 }), (fields) => {
        const text = fields.join(',')
        const parsed = parseHostPort(latin1(text))
        if (parsed.type === 'complete')
          expect(formatHostPort(parsed.value.address, parsed.value.port)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })
})

test('any bytes give an answer', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.stringMatching(/^[(),.=0-9 a]{0,60}$/).map(latin1),
  )
  fc.assert(
    fc.property(noise, (bytes) => {
      expect(['complete', 'malformed']).toContain(parseHostPort(bytes).type)
      expect(['complete', 'malformed']).toContain(parsePassiveReply(bytes).type)
    }),
    { numRuns: 1000 },
  )
})
