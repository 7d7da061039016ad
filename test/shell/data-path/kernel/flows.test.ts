import { describe, expect, test } from 'vitest'
import { dataConnectionId, pinholeId, sessionId } from '../../../../src/engine/id.ts'
import { duration, instant } from '../../../../src/net/instant.ts'
import { Flows, type Passed } from '../../../../src/shell/data-path/kernel/flows.ts'
import { at } from './fixtures.ts'
import { FakeFlowTable } from './fake-kernel.ts'

const session = sessionId('s1')
const passive: Passed = {
  session,
  pinhole: pinholeId(session, 1),
  mode: 'passive',
  peer: at('10.91.1.1:1234'),
  local: at('10.91.1.254:50000'),
  dial: at('10.91.2.1:40000'),
  shownAs: undefined,
}
const active: Passed = { ...passive, mode: 'active', shownAs: at('10.91.1.254:20') }
const connection = dataConnectionId(7)

function lab() {
  const table = new FakeFlowTable()
  const errors: unknown[] = []
  const flows = new Flows(table, (error) => errors.push(error))
  return { table, flows, errors }
}

describe('flows', () => {
  test('end with the counters of both directions', () => {
    const { table, flows } = lab()
    flows.add(connection, passive, instant(1000))
    table.put(passive, 'established', 3, 5)
    expect(flows.poll(instant(1100))).toEqual({ ended: [], idle: [] })
    table.put(passive, 'ended', 4, 9)
    expect(flows.poll(instant(1200)).ended).toEqual([
      {
        type: 'dataEnded',
        session,
        connection,
        toServerPackets: 4,
        toServerBytes: 400,
        toClientPackets: 9,
        toClientBytes: 900,
        cause: 'end',
      },
    ])
    expect(flows.size).toBe(0)
  })

  test('of one session are asked about before the next one of it is let in', () => {
    const { table, flows } = lab()
    const other: Passed = { ...passive, session: sessionId('s2'), peer: at('10.91.1.2:1234') }
    flows.add(connection, passive, instant(1000))
    flows.add(dataConnectionId(8), other, instant(1000))
    table.put(passive, 'ended', 4, 9)
    table.put(other, 'ended', 4, 9)
    expect(flows.pollSession(session, instant(1001)).ended).toMatchObject([{ connection }])
    expect(flows.pollSession(session, instant(1001)).ended).toEqual([])
    expect(flows.size).toBe(1)
  })

  test('of an active connection it is the server that sends first', () => {
    const { table, flows } = lab()
    flows.add(connection, active, instant(1000))
    table.put(active, 'reset', 4, 9)
    expect(flows.poll(instant(1200)).ended).toMatchObject([
      { toClientPackets: 4, toServerPackets: 9, cause: 'reset' },
    ])
  })

  test('may appear late, but not very late', () => {
    const { flows } = lab()
    flows.add(connection, passive, instant(1000))
    expect(flows.poll(instant(2000)).ended).toEqual([])
    expect(flows.poll(instant(2001)).ended).toMatchObject([{ cause: 'reset', toClientBytes: 0 }])
  })

  test('that were known and are gone have ended, with the last that was known', () => {
    const { table, flows } = lab()
    flows.add(connection, passive, instant(1000))
    table.put(passive, 'established', 3, 5)
    flows.poll(instant(1100))
    table.delete({ source: passive.peer, destination: passive.local })
    expect(flows.poll(instant(1200)).ended).toMatchObject([{ cause: 'reset', toClientBytes: 500 }])
  })

  test('are idle when no packet moves', () => {
    const { table, flows } = lab()
    flows.add(connection, passive, instant(1000))
    table.put(passive, 'established', 3, 5)
    expect(flows.poll(instant(9000)).idle).toEqual([])
    flows.watch(connection, duration(500), instant(9000))
    expect(flows.poll(instant(9500)).idle).toEqual([])
    table.put(passive, 'established', 4, 5)
    expect(flows.poll(instant(9700)).idle).toEqual([])
    expect(flows.poll(instant(10_200)).idle).toEqual([])
    expect(flows.poll(instant(10_201)).idle).toEqual([connection])
  })

  test('are forgotten by the kernel when they are ended', () => {
    const { table, flows } = lab()
    flows.add(connection, passive, instant(1000))
    table.put(passive, 'established', 3, 5)
    expect(flows.end(connection, 'closed')).toMatchObject({ cause: 'closed', toClientBytes: 500 })
    expect(table.size).toBe(0)
    expect(flows.end(connection, 'closed')).toBeUndefined()
  })

  test('that ended make room for one that looks the same', () => {
    const { table, flows } = lab()
    flows.add(connection, active, instant(1000))
    table.put(active, 'ended', 3, 5)
    flows.poll(instant(1100))
    expect(table.size).toBe(1)
    flows.clear(at('10.91.1.254:20'), at('10.91.2.1:40001'))
    expect(table.size).toBe(1)
    flows.clear(at('10.91.1.254:20'), at('10.91.2.1:40000'))
    expect(table.size).toBe(0)
  })

  test('a running connection of the same addresses is left alone', () => {
    const { table, flows } = lab()
    flows.add(connection, active, instant(1000))
    table.put(active, 'ended', 3, 5)
    flows.poll(instant(1100))
    table.put(active, 'established', 1, 1)
    flows.clear(at('10.91.1.254:20'), at('10.91.2.1:40000'))
    expect(table.size).toBe(1)
  })

  test('run on when the kernel does not answer', () => {
    const { table, flows, errors } = lab()
    flows.add(connection, passive, instant(1000))
    table.isBroken = true
    expect(flows.poll(instant(5000)).ended).toEqual([])
    expect(flows.end(connection, 'closed')).toMatchObject({ cause: 'closed' })
    expect(errors).toHaveLength(3)
  })
})
