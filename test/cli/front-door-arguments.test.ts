import { expect, test } from 'vitest'
import {
  type FrontDoorArguments,
  frontDoorRuleset,
  parseFrontDoor,
} from '../../src/cli/front-door-arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'

const DOOR = { listen: '0.0.0.0:2121', server: '10.0.0.5:21' }
const SERVER = endpoint(ip('10.0.0.5'), port(21))

test('a front door, and its ruleset', () => {
  const door = parseFrontDoor({
    ...DOOR,
    passivePorts: '40000-40010',
    publicAddress: '203.0.113.10',
    dataPath: 'kernel',
  })
  expect(door).toEqual({
    listen: { address: '0.0.0.0', port: 2121 },
    server: { host: '10.0.0.5', port: 21 },
    passivePorts: { first: 40_000, last: 40_010 },
    publicAddress: '203.0.113.10',
    dataPath: 'kernel',
  })
  expect(frontDoorRuleset(door, SERVER)).toMatchObject({
    dataPath: 'kernel',
    passivePorts: { first: 40_000, last: 40_010 },
    listeners: [{ listen: door.listen, server: SERVER, publicAddress: '203.0.113.10' }],
  })
})

test('what is left out is as in a rule file that says nothing about it', () => {
  const ruleset = frontDoorRuleset(parseFrontDoor(DOOR), SERVER)
  expect(ruleset.passivePorts).toEqual({ first: 50_000, last: 50_099 })
  expect(ruleset.listeners[0]?.publicAddress).toBeUndefined()
  expect(ruleset.dataPath).toBe('relay')
})

test.each<[FrontDoorArguments, RegExp]>([
  [{ ...DOOR, dataPath: 'nft' }, /--data-path "nft": expected relay or kernel/],
  [{}, /name rule files, or give --listen and --server/],
  [{ listen: DOOR.listen }, /--server is missing/],
  [{ server: DOOR.server }, /--listen is missing/],
  [{ ...DOOR, listen: 'localhost:21' }, /--listen "localhost:21": expected/],
  [{ ...DOOR, listen: '0.0.0.0:0' }, /--listen "0\.0\.0\.0:0": expected/],
  [{ ...DOOR, server: '127.1' }, /--server "127\.1": expected/],
  [{ ...DOOR, passivePorts: '50' }, /--passive-ports "50": expected/],
  [{ ...DOOR, passivePorts: '2000-1999' }, /--passive-ports "2000-1999": expected/],
  [{ ...DOOR, publicAddress: '2001:db8::1' }, /--public-address "2001:db8::1": expected/],
])('%j makes no sense', (given, problem) => {
  expect(() => parseFrontDoor(given)).toThrow(UsageError)
  expect(() => parseFrontDoor(given)).toThrow(problem)
})

test('a loop, and a listener among its own passive ports, are refused', () => {
  const loop = parseFrontDoor({ ...DOOR, listen: '10.0.0.5:21' })
  expect(() => frontDoorRuleset(loop, SERVER)).toThrow('a loop, not a server')
  const among = parseFrontDoor({ ...DOOR, listen: '0.0.0.0:50099' })
  expect(() => frontDoorRuleset(among, SERVER)).toThrow(
    'port 50099 is one of the passive ports 50000-50099',
  )
})
