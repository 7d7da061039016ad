import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import { port } from '../../src/net/port.ts'
import { Openings } from '../../src/replay/openings.ts'
import { at } from './played.ts'

const SESSION = sessionId('r1')
const WHO = { session: SESSION, client: '192.0.2.10:40000', server: '198.51.100.20:21' }
const CLIENT = at('192.0.2.10:40001')
const DATA = at('198.51.100.20:40000')
const PINHOLE: Pinhole = {
  id: pinholeId(SESSION, 1),
  session: SESSION,
  mode: 'passive',
  peer: CLIENT.address,
  fromPorts: undefined,
  listen: { address: at('203.0.113.1:1').address, port: port(50_000) },
  dial: DATA,
  from: { address: at('10.0.0.1:1').address, port: undefined },
}

test('a pinhole is found by where it leads, while it is open', () => {
  const openings = new Openings()
  openings.openPinhole(PINHOLE, at('203.0.113.1:50000'))
  expect(openings.find(CLIENT, DATA)).toMatchObject({
    local: at('203.0.113.1:50000'),
    cover: 'pinhole',
    session: 'r1',
  })
  expect(openings.find(CLIENT, at('198.51.100.20:40001'))).toBeUndefined()
  openings.closePinhole(PINHOLE)
  expect(openings.find(CLIENT, DATA)).toBeUndefined()
})

test('a range is for its own client, to its own server', () => {
  const openings = new Openings()
  const range = {
    id: pinholeId(SESSION, 0),
    session: SESSION,
    peer: CLIENT.address,
    listen: {
      address: at('203.0.113.1:1').address,
      ports: { first: port(40_000), last: port(40_010) },
    },
    dial: DATA.address,
    from: at('10.0.0.1:1').address,
    permitted: [],
    active: undefined,
  }
  openings.openRange(range)
  expect(openings.find(CLIENT, DATA)).toMatchObject({
    local: at('203.0.113.1:40000'),
    cover: 'range',
  })
  expect(openings.find(at('192.0.2.99:1'), DATA)).toBeUndefined()
  openings.closeRange(range)
  expect(openings.find(CLIENT, DATA)).toBeUndefined()
})

test.each([
  ['reject', 'PORT', '198,51,100,66,0,80', '198.51.100.66:80'],
  ['reject', 'EPRT', '|1|198.51.100.66|2000|', '198.51.100.66:2000'],
  ['replace', 'PASV', '227 x (203,0,113,77,195,80)', '203.0.113.77:50000'],
  ['replace', 'EPSV', '229 x (|||50000|)', '198.51.100.20:50000'],
] as const)('why %s %s %s', (verdict, verb, argument, announced) => {
  const openings = new Openings()
  const side = verdict === 'reject' ? 'client' : 'server'
  openings.record({
    type: 'verdict',
    ...WHO,
    verdict,
    verb,
    argument,
    side,
    reason: 'rule.denied',
    rule: 'x',
  })
  expect(openings.past(at(announced))).toEqual({ session: 'r1', reason: 'rule.denied', rule: 'x' })
})

test('what was open and is no longer', () => {
  const openings = new Openings()
  const { id: pinhole } = PINHOLE
  const open = {
    mode: 'passive',
    peer: '192.0.2.10',
    listening: '203.0.113.1:50000',
    dial: '198.51.100.20:40000',
  } as const
  openings.record({ type: 'pinhole.open', ...WHO, ...open, pinhole, rule: 'x', ttlMs: 30_000 })
  openings.record({ type: 'pinhole.close', ...WHO, pinhole, reason: 'expired' })
  expect(openings.past(DATA)).toEqual({
    session: 'r1',
    reason: 'pinhole.expired',
    pinhole: 'r1/p1',
  })
  openings.record({
    type: 'verdict',
    ...WHO,
    verdict: 'reject',
    reason: 'cmd.syntax',
    side: 'client',
  })
  expect(openings.past(CLIENT)).toBeUndefined()
})

test('the server of an encrypted session may connect to its client, from port 20', () => {
  const openings = new Openings()
  const range = {
    id: pinholeId(SESSION, 0),
    session: SESSION,
    peer: CLIENT.address,
    listen: { address: at('203.0.113.1:1').address, ports: undefined },
    dial: DATA.address,
    from: at('10.0.0.1:1').address,
    permitted: [],
    active: {
      ports: [{ first: port(1024), last: port(65_535) }],
      from: at('203.0.113.1:20'),
    },
  }
  openings.openRange(range)
  const server = DATA.address
  expect(openings.find(at(`${server}:20`), CLIENT)).toMatchObject({
    local: CLIENT,
    mode: 'active',
    cover: 'range',
  })
  expect(openings.find(at(`${server}:2020`), CLIENT)).toBeUndefined()
  expect(openings.find(at('198.51.100.99:20'), CLIENT)).toBeUndefined()
  expect(openings.find(at(`${server}:20`), at('192.0.2.10:1023'))).toBeUndefined()
  expect(openings.find(at(`${server}:20`), at('192.0.2.99:40001'))).toBeUndefined()
})
