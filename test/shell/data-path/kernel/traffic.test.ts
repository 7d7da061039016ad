import { describe, expect, test } from 'vitest'
import { duration, instant } from '../../../../src/net/instant.ts'
import type { DataEvent } from '../../../../src/shell/data-path/data-path.ts'
import { type OpenPinhole, Openings } from '../../../../src/shell/data-path/kernel/openings.ts'
import { Traffic } from '../../../../src/shell/data-path/kernel/traffic.ts'
import { TransactionQueue } from '../../../../src/shell/data-path/kernel/transaction-queue.ts'
import { countConnections } from '../../../../src/shell/data-path/relay-data-path.ts'
import { FakeKernel } from './fake-kernel.ts'
import { at, pinhole } from './fixtures.ts'

const peer = at('10.91.1.1:1234')
const local = at('10.91.1.254:50000')
const dial = at('10.91.2.1:40000')

function lab() {
  const kernel = new FakeKernel()
  const queue = new TransactionQueue(kernel.run)
  const openings = new Openings()
  const events: DataEvent[] = []
  const losses: number[] = []
  const open: OpenPinhole = {
    type: 'pinhole',
    pinhole: pinhole(),
    listen: local,
    elements: [],
    isUsed: false,
    isClosing: false,
  }
  openings.addPinhole(open)
  const traffic = new Traffic({
    kernel,
    queue,
    openings,
    nextConnection: countConnections(),
    now: () => kernel.now,
    report: (event) => events.push(event),
    used: () => {},
    isRelayed: ({ destination }) => destination.port === 60_000,
    lost: (packets) => losses.push(packets),
    failed: () => {},
  })
  return { kernel, queue, open, events, losses, traffic }
}

describe('traffic', () => {
  test('a connection through a pinhole is reported as the peer knows it', () => {
    const { kernel, open, events, traffic } = lab()
    kernel.pass(peer, dial)
    traffic.drain()
    expect(events).toEqual([
      {
        type: 'dataPassed',
        session: open.pinhole.session,
        connection: 1,
        pinhole: open.pinhole.id,
        local,
        peer,
      },
    ])
    expect(open.isUsed).toBe(true)
    expect(traffic.size).toBe(1)
  })

  test('a second one that came at once is cut off', () => {
    const { kernel, queue, events, traffic } = lab()
    const second = at('10.91.1.1:1235')
    kernel.flows.put({ peer: second, local }, 'established', 1, 1)
    kernel.pass(peer, dial)
    kernel.pass(second, dial)
    traffic.drain()
    expect(events[1]).toEqual({ type: 'dataDenied', local, peer: second })
    queue.flush()
    expect(kernel.runs[0]).toContain('cut4 { 10.91.1.1 . 1235 . 10.91.2.1 . 40000')
    expect(kernel.flows.size).toBe(0)
    expect(traffic.size).toBe(1)
  })

  test('what was denied is reported, but for what the relay takes', () => {
    const { kernel, events, traffic } = lab()
    kernel.deny(peer, at('10.91.1.254:60000'))
    kernel.deny(peer, at('10.91.1.254:50001'))
    traffic.drain()
    expect(events).toEqual([{ type: 'dataDenied', local: at('10.91.1.254:50001'), peer }])
  })

  test('what passed and is not known any more is told as well', () => {
    const { kernel, events, traffic } = lab()
    kernel.pass(peer, at('10.91.2.1:40009'))
    traffic.drain()
    expect(events).toMatchObject([{ type: 'dataDenied' }])
  })

  test('many packets are read in one go', () => {
    const { kernel, events, traffic } = lab()
    for (let count = 0; count < 1000; count++) kernel.deny(peer, dial)
    traffic.drain()
    expect(events).toHaveLength(1000)
  })

  test('losses are told once', () => {
    const { kernel, losses, traffic } = lab()
    kernel.lost = 3
    traffic.drain()
    traffic.drain()
    kernel.lost = 4
    traffic.drain()
    expect(losses).toEqual([3, 1])
  })

  test('flows are asked about now and then', () => {
    const { kernel, events, traffic } = lab()
    kernel.pass(peer, dial)
    traffic.drain()
    kernel.flows.put({ peer, local }, 'ended', 3, 4)
    kernel.now = instant(1099)
    traffic.poll()
    expect(events).toHaveLength(1)
    kernel.now = instant(1100)
    traffic.poll()
    expect(events[1]).toMatchObject({ type: 'dataEnded', cause: 'end' })
  })

  test('an idle flow is cut off', () => {
    const { kernel, queue, events, traffic } = lab()
    kernel.pass(peer, dial)
    traffic.drain()
    const [passed] = events
    if (passed?.type !== 'dataPassed') throw new Error('not passed')
    kernel.flows.put({ peer, local }, 'established', 3, 4)
    traffic.watch(passed.connection, duration(500))
    kernel.now = instant(1200)
    traffic.poll()
    kernel.now = instant(1900)
    traffic.poll()
    queue.flush()
    expect(events[1]).toMatchObject({ type: 'dataEnded', cause: 'idle', toServerPackets: 3 })
    expect(kernel.runs[0]).toContain('cut4')
    expect(kernel.flows.size).toBe(0)
  })

  test('all can be ended', () => {
    const { kernel, queue, events, traffic } = lab()
    kernel.pass(peer, dial)
    traffic.drain()
    traffic.endAll()
    queue.flush()
    expect(events[1]).toMatchObject({ type: 'dataEnded', cause: 'closed' })
    expect(traffic.size).toBe(0)
  })
})
