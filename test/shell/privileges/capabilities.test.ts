import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { CAPABILITIES, neededCapabilities } from '../../../src/shell/privileges/capabilities.ts'

const relay = frontDoor({
  listen: endpoint(ip('0.0.0.0'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
})

function listening(change: Partial<Listener>): Ruleset {
  return { ...relay, listeners: relay.listeners.map((listener) => ({ ...listener, ...change })) }
}

test.each<readonly [string, Ruleset, boolean]>([
  ['the relay', relay, false],
  ['the kernel data path', { ...relay, dataPath: 'kernel' }, true],
  ['reserved ports', { ...relay, reservePorts: true }, true],
  ['redirect', listening({ intercept: 'redirect', server: ORIGINAL_DESTINATION }), true],
  ['tproxy', listening({ intercept: 'tproxy', server: ORIGINAL_DESTINATION }), true],
  ['the client address kept', listening({ keepClientAddress: true }), true],
])('%s', (_, ruleset, isAdmin) => {
  const admin = isAdmin ? ['CAP_NET_ADMIN'] : []
  expect(neededCapabilities(ruleset, { hasActiveMode: false })).toEqual(admin)
  expect(neededCapabilities(ruleset, { hasActiveMode: true })).toEqual([
    'CAP_NET_BIND_SERVICE',
    ...admin,
  ])
})

test('the numbers are those of the kernel', ({ skip }) => {
  const path = '/usr/include/linux/capability.h'
  let header: string
  try {
    header = readFileSync(path, 'utf8')
  } catch {
    return skip(`${path} is not there`)
  }
  for (const [name, number] of Object.entries(CAPABILITIES))
    expect(header).toMatch(new RegExp(`#define ${name}\\s+${number}\\b`))
})
