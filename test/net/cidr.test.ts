import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidrCovers, cidrHas, formatCidr, networkOf, parseCidr } from '../../src/net/cidr.ts'
import { ip, ipBytes, ipFromBytes } from '../../src/net/ip.ts'

test.each(['10.0.0.0/8', '0.0.0.0/0', '::/0', '2001:db8::/32', '10.1.2.3', '::1'])(
  '%s is read and written alike',
  (text) => {
    const block = parseCidr(text)
    if (typeof block === 'string') throw new Error(block)
    expect(formatCidr(block)).toBe(text)
  },
)

test('a single address is a block with its full width', () => {
  const block = { address: ip('10.1.2.3'), prefix: 32 }
  expect(parseCidr('10.1.2.3')).toEqual(block)
  expect(parseCidr('10.1.2.3/32')).toEqual(block)
})

test.each([
  ['10.0.0.1/8', 'host-bits'],
  ['2001:db8::1/32', 'host-bits'],
  ['10.0.0.0/33', 'prefix'],
  ['10.0.0.0/-1', 'prefix'],
  ['10.0.0.0/', 'prefix'],
  ['10.0.0.0/08', 'prefix'],
  ['10.0.0/8', 'syntax'],
  ['010.0.0.0/8', 'syntax'],
  ['10.0.0.0/8/8', 'syntax'],
  ['::ffff:10.0.0.0/104', 'syntax'],
  ['', 'syntax'],
])('%j has the problem %s', (text, problem) => {
  expect(parseCidr(text)).toBe(problem)
})

const bytes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
  fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 16, maxLength: 16 }),
)

test('a block has an address exactly when the first bits agree', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(128), (first, second, bits) => {
      const [one, other] = [ipFromBytes(first), ipFromBytes(second)]
      const prefix = Math.min(bits, first.length * 8)
      const block = { address: networkOf(one, prefix), prefix }
      const binary = (address: typeof one): string =>
        ipBytes(address)
          .map((byte) => byte.toString(2).padStart(8, '0'))
          .join('')
      const agrees = binary(one).slice(0, prefix) === binary(other).slice(0, prefix)
      expect(cidrHas(block, one)).toBe(true)
      expect(cidrHas(block, other)).toBe(first.length === second.length && agrees)
    }),
  )
})

test('one block covers another', () => {
  const block = (text: string): Exclude<ReturnType<typeof parseCidr>, string> => {
    const parsed = parseCidr(text)
    if (typeof parsed === 'string') throw new Error(parsed)
    return parsed
  }
  expect(cidrCovers(block('10.0.0.0/8'), block('10.1.0.0/16'))).toBe(true)
  expect(cidrCovers(block('10.1.0.0/16'), block('10.0.0.0/8'))).toBe(false)
  expect(cidrCovers(block('10.0.0.0/16'), block('10.0.0.0/8'))).toBe(false)
  expect(cidrCovers(block('10.0.0.0/8'), block('10.0.0.0/8'))).toBe(true)
  expect(cidrCovers(block('0.0.0.0/0'), block('::/0'))).toBe(false)
  expect(cidrHas(block('::/0'), ip('10.0.0.1'))).toBe(false)
})
