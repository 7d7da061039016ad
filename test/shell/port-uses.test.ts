import { beforeEach, expect, test } from 'vitest'
import { dataConnectionId, type PinholeId, pinholeId, sessionId } from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import type { ScopedRange } from '../../src/engine/nat/scoped-range.ts'
import type { Event } from '../../src/engine/session/event.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { duration } from '../../src/net/instant.ts'
import { ip } from '../../src/net/ip.ts'
import { port, portRange } from '../../src/net/port.ts'
import { PortUses } from '../../src/shell/port-uses.ts'

const CLIENT = ip('198.51.100.2')
const HERE = ip('203.0.113.1')
const SERVER = ip('10.0.0.5')
const session = sessionId('s1')
const connection = dataConnectionId(1)

const pinhole: Pinhole = {
  id: firstId(),
  session,
  mode: 'passive',
  peer: CLIENT,
  fromPorts: undefined,
  listen: { address: HERE, port: port(50_001) },
  dial: endpoint(SERVER, port(40_001)),
  from: { address: HERE, port: undefined },
}
const range: ScopedRange = {
  id: firstId(),
  session,
  peer: CLIENT,
  listen: { address: HERE, ports: portRange(60_000, 60_009) },
  dial: SERVER,
  from: HERE,
  permitted: [portRange(60_000, 60_009)],
  active: undefined,
}
const leased = { state: 'leased', holder: CLIENT, local: HERE, port: 50_001, session }

let uses: PortUses
beforeEach(() => {
  uses = new PortUses()
})

test('a port is leased while its pinhole is open', () => {
  uses.performed({ type: 'openPinhole', pinhole })
  expect(uses.uses).toEqual([leased])
  uses.performed({ type: 'closePinhole', pinhole })
  expect(uses.uses).toEqual([])
})

test('a pinhole that could not be opened holds none', () => {
  uses.performed({ type: 'openPinhole', pinhole })
  uses.happened({ type: 'pinholeFailed', session, pinhole: pinhole.id, cause: 'EADDRINUSE' })
  expect(uses.uses).toEqual([])
})

test('relayed: its connection has it until it is over', () => {
  uses.performed({ type: 'openPinhole', pinhole })
  uses.performed({ type: 'dialData', connection, pinhole, timeout: duration(1) })
  uses.performed({ type: 'closePinhole', pinhole })
  expect(uses.uses).toEqual([{ ...leased, state: 'connected' }])
  uses.happened(ended('end'))
  expect(uses.uses).toEqual([])
})

test('a port that the operating system picked is known when it is open', () => {
  const any = { ...pinhole, listen: { address: HERE, port: undefined } }
  uses.performed({ type: 'openPinhole', pinhole: any })
  expect(uses.uses).toEqual([])
  const listening = endpoint(HERE, port(51_234))
  uses.happened({ type: 'pinholeOpened', session, pinhole: pinhole.id, listening })
  expect(uses.uses).toEqual([{ ...leased, port: 51_234 }])
})

test('in the kernel: the same', () => {
  uses.performed({ type: 'openPinhole', pinhole })
  uses.happened(passed(pinhole.id, 50_001))
  uses.performed({ type: 'closePinhole', pinhole })
  expect(uses.uses).toEqual([{ ...leased, state: 'connected' }])
  uses.performed({ type: 'closeData', connection })
  expect(uses.uses).toEqual([])
})

test('ports of an intercepted session are the server’s', () => {
  const its = { ...pinhole, listen: { address: SERVER, port: port(40_001) } }
  uses.performed({ type: 'openPinhole', pinhole: its })
  uses.happened(passed(its.id, 40_001))
  uses.performed({
    type: 'openRange',
    range: { ...range, listen: { ...range.listen, address: SERVER } },
  })
  expect(uses.uses).toEqual([])
  expect(uses.openRanges).toEqual([])
})

test('a range is open while its session is opaque, and each of its connections has a port', () => {
  uses.performed({ type: 'openRange', range })
  expect(uses.openRanges).toEqual([
    { session, holder: CLIENT, local: HERE, ports: { first: 60_000, last: 60_009 } },
  ])
  uses.happened(passed(range.id, 60_003))
  expect(uses.uses).toEqual([{ ...leased, state: 'connected', port: 60_003 }])
  const toClient = { ...passed(range.id, 40_000), connection: dataConnectionId(2) }
  uses.happened({ ...toClient, local: endpoint(CLIENT, port(40_000)) })
  expect(uses.uses.length).toBe(1)
  uses.performed({ type: 'closeRange', range })
  expect(uses.openRanges).toEqual([])
  uses.happened(ended('closed'))
  expect(uses.uses).toEqual([])
})

function firstId(): PinholeId {
  return pinholeId(session, 1)
}

function passed(id: PinholeId, to: number): Extract<Event, { type: 'dataPassed' }> {
  const [local, peer] = [endpoint(HERE, port(to)), endpoint(CLIENT, port(40_000))]
  return { type: 'dataPassed', session, connection, pinhole: id, local, peer }
}

function ended(cause: 'end' | 'closed'): Event {
  return { type: 'dataEnded', session, connection, toClientBytes: 0, toServerBytes: 0, cause }
}
