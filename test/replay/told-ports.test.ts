import { describe, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import { ip } from '../../src/net/ip.ts'
import { ToldPorts } from '../../src/replay/told-ports.ts'
import { at } from './played.ts'

const SESSION = sessionId('r1')

function pinhole(mode: Pinhole['mode']): Pinhole {
  const address = ip('203.0.113.1')
  return {
    id: pinholeId(SESSION, 1),
    session: SESSION,
    mode,
    peer: ip('192.0.2.10'),
    fromPorts: undefined,
    listen: { address, port: undefined },
    dial: at('198.51.100.20:40000'),
    from: { address, port: undefined },
  }
}

describe('the port that the proxy told', () => {
  test.each([
    ['passive', 'client', '227 Entering Passive Mode (203,0,113,1,195,81)\r\n'],
    ['passive', 'client', '200 before\r\n229 Entering Extended Passive Mode (|||50001|)\r\n'],
    ['active', 'server', 'PORT 203,0,113,1,195,81\r\n'],
    ['active', 'server', 'EPRT |1|203.0.113.1|50001|\r\n'],
  ] as const)('%s, to the %s', (mode, to, line) => {
    const told = new ToldPorts()
    const waiting = pinhole(mode)
    told.wait(waiting, 0)
    const other = to === 'client' ? 'server' : 'client'
    expect(told.said(SESSION, other, Buffer.from(line))).toBeUndefined()
    expect(told.said(sessionId('r2'), to, Buffer.from(line))).toBeUndefined()
    expect(told.said(SESSION, to, Buffer.from('NOOP\r\n'))).toBeUndefined()
    expect(told.said(SESSION, to, Buffer.from(line))).toEqual({
      pinhole: waiting,
      listening: at('203.0.113.1:50001'),
    })
    expect(told.isWaiting).toBe(false)
  })
})

test('a line that never comes is not waited for', () => {
  const told = new ToldPorts()
  told.wait(pinhole('passive'), 1_000)
  expect(told.late(2_000)).toEqual([])
  expect(told.late(3_001)).toHaveLength(1)
  expect(told.isWaiting).toBe(false)
})

test('a pinhole that is closed waits no more', () => {
  const told = new ToldPorts()
  told.wait(pinhole('passive'), 0)
  told.forget(pinhole('passive'))
  expect(told.isWaiting).toBe(false)
})
