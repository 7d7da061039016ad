import { expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import type { Listener, Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { passingByWarnings } from '../../../src/shell/intercept/passing-by.ts'

function listening(
  addresses: readonly string[],
  intercept: Listener['intercept'] = 'tproxy',
): Ruleset {
  const server = endpoint(ip('192.0.2.7'), port(21))
  const ruleset = frontDoor({ listen: endpoint(ip('0.0.0.0'), port(2121)), server })
  return {
    ...ruleset,
    listeners: ruleset.listeners.flatMap((listener) =>
      addresses.map((address) => ({
        ...listener,
        listen: endpoint(ip(address), port(2121)),
        intercept,
      })),
    ),
  }
}

test('IPv6 passes by listeners that take IPv4 alone, where it is forwarded', () => {
  expect(passingByWarnings(listening(['0.0.0.0']), () => true)).toEqual([
    'this host forwards IPv6, and no listener intercepts it: FTP over IPv6 passes by. ' +
      'Listen on [::], or do not forward it',
  ])
  expect(passingByWarnings(listening(['0.0.0.0']), (family) => family === 4)).toEqual([])
})

test('and the other way round', () => {
  const warnings = passingByWarnings(listening(['2001:db8::1']), () => true)
  expect(warnings).toEqual([expect.stringContaining('FTP over IPv4 passes by')])
})

test('listeners of both families let nothing pass by, and those that intercept nothing promise nothing', () => {
  expect(passingByWarnings(listening(['::']), () => true)).toEqual([])
  expect(passingByWarnings(listening(['10.0.0.1', '2001:db8::1']), () => true)).toEqual([])
  expect(passingByWarnings(listening(['0.0.0.0'], 'none'), () => true)).toEqual([])
  expect(passingByWarnings(listening([]), () => true)).toEqual([])
})

test('the switches of this host can be read', () => {
  expect(passingByWarnings(listening(['0.0.0.0'])).length).toBeLessThanOrEqual(1)
})
