import { expect, test } from 'vitest'
import { endpoint, formatEndpoint, parseEndpoint, sameEndpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'

test.each(['10.0.0.1:21', '[2001:db8::1]:21', '[::]:65535', '0.0.0.0:1'])(
  '%s is read and written alike',
  (text) => {
    const parsed = parseEndpoint(text)
    if (parsed === undefined) throw new Error('not parsed')
    expect(formatEndpoint(parsed)).toBe(text)
  },
)

test.each([
  '10.0.0.1',
  '10.0.0.1:0',
  '10.0.0.1:021',
  '::1:21',
  '[10.0.0.1]:21',
  'host:21',
  '',
  ':21',
  '[:::]:21',
  '256.0.0.1:21',
  'x[::1]:21',
  '10.0.0.1:21x',
])('%j is no endpoint', (text) => {
  expect(parseEndpoint(text)).toBeUndefined()
})

test('equality is of address and port', () => {
  const one = endpoint(ip('10.0.0.1'), port(21))
  expect(sameEndpoint(one, endpoint(ip('10.0.0.1'), port(21)))).toBe(true)
  expect(sameEndpoint(one, endpoint(ip('10.0.0.2'), port(21)))).toBe(false)
  expect(sameEndpoint(one, endpoint(ip('10.0.0.1'), port(22)))).toBe(false)
})
