import { pino } from 'pino'
import { expect, test } from 'vitest'
import {
  needed,
  needRestart,
  needsMorePrivileges,
  warnOfRestart,
} from '../../src/cli/need-restart.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port, portRange } from '../../src/net/port.ts'

const front = frontDoor({
  listen: endpoint(ip('0.0.0.0'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
})
const gateway = listening(
  { intercept: 'redirect', server: ORIGINAL_DESTINATION },
  { ...front, dataPath: 'kernel' },
)

function listening(change: Partial<Listener>, base: Ruleset = front): Ruleset {
  return { ...base, listeners: base.listeners.map((listener) => ({ ...listener, ...change })) }
}

const LOOPBACK = endpoint(ip('127.0.0.1'), port(2121))

test.each<readonly [string, Ruleset, Ruleset, readonly string[]]>([
  ['nothing', front, { ...front }, []],
  ['workers', front, { ...front, workers: 2 }, ['workers']],
  ['an address', front, listening({ listen: LOOPBACK }), ['listeners']],
  ['a name', front, listening({ name: 'other' }), ['listeners']],
  ['the data path', front, { ...front, dataPath: 'kernel' }, ['data-path']],
  ['reserved ports', front, { ...front, reservePorts: true }, ['reserve-ports']],
  [
    'the packet log',
    front,
    { ...front, packetLog: { ...front.packetLog, path: '-' } },
    ['packet-log'],
  ],
  [
    'the port that is intercepted',
    gateway,
    listening({ interceptPort: port(2100) }, gateway),
    ['intercept and keep-client-address'],
  ],
  [
    'redirect and tproxy',
    gateway,
    listening({ intercept: 'tproxy' }, gateway),
    ['listeners', 'intercept and keep-client-address'],
  ],
  [
    'the client address kept',
    gateway,
    listening({ keepClientAddress: true }, gateway),
    ['intercept and keep-client-address'],
  ],
  [
    'a listener that cannot be led to',
    gateway,
    listening({ listen: LOOPBACK }, gateway),
    ['listeners', 'intercept and keep-client-address'],
  ],
  [
    'what each session looks up',
    front,
    listening(
      {
        server: endpoint(ip('192.0.2.8'), port(21)),
        tls: 'implicit',
        serverPassivePorts: portRange(60_000, 60_009),
        publicAddress: ip('203.0.113.10'),
      },
      { ...front, passivePorts: portRange(40_000, 40_009) },
    ),
    [],
  ],
])('%s', (_, before, now, expected) => {
  expect(needRestart(before, now)).toEqual(expected)
  expect(needRestart(now, before)).toEqual(expected)
})

test('a privilege that was given up does not come back', () => {
  expect(needed(front)).toEqual(['CAP_NET_BIND_SERVICE'])
  expect(needsMorePrivileges(front, gateway)).toBe(true)
  expect(needsMorePrivileges(gateway, front)).toBe(false)
  expect(needsMorePrivileges(gateway, gateway)).toBe(false)
})

test('all of it is said in the log', () => {
  const said: string[] = []
  const logger = pino(
    {},
    { write: (line: string) => said.push((JSON.parse(line) as { msg: string }).msg) },
  )
  warnOfRestart(front, { ...gateway, workers: 2 }, { isUnprivileged: true, logger })
  expect(said).toContain('workers changed: that takes a restart')
  expect(said.at(-1)).toBe('the new rules need a privilege that was given up: that takes a restart')
  said.length = 0
  warnOfRestart(front, gateway, { isUnprivileged: false, logger })
  expect(said.every((line) => line.endsWith('changed: that takes a restart'))).toBe(true)
})
