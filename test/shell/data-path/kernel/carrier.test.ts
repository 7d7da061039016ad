import { expect, test } from 'vitest'
import { ip } from '../../../../src/net/ip.ts'
import { kernelCarries } from '../../../../src/shell/data-path/kernel/carrier.ts'

const ends = {
  peer: ip('10.0.0.1'),
  listen: ip('10.0.0.2'),
  dial: ip('10.0.1.1'),
  from: ip('10.0.1.2'),
}
const isLocal = (address: string): boolean => address === '10.0.0.9'

test.each([
  ['two other hosts', {}, true],
  ['a server of the other family', { dial: ip('::5'), from: ip('::6') }, false],
  ['a peer on loopback', { peer: ip('127.0.0.7') }, false],
  ['a server on loopback', { dial: ip('127.0.0.1') }, false],
  ['a peer on this host', { peer: ip('10.0.0.9') }, false],
  ['a server on this host', { dial: ip('10.0.0.9') }, false],
  ['a listening address of this host, as ever', { listen: ip('10.0.0.9') }, true],
])('%s', (_, change, isCarried) => {
  expect(kernelCarries({ ...ends, ...change }, isLocal)).toBe(isCarried)
})

test('IPv6', () => {
  const six = { peer: ip('::a'), listen: ip('::b'), dial: ip('::c'), from: ip('::d') }
  expect(kernelCarries(six, isLocal)).toBe(true)
  expect(kernelCarries({ ...six, dial: ip('::1') }, isLocal)).toBe(false)
})
