import { expect, test } from 'vitest'
import { Connection, ConnectionTable } from '../../../src/record/capture/connection-table.ts'
import {
  emptySegment,
  TCP_FLAGS,
  type TcpSegment,
} from '../../../src/record/capture/tcp-segment.ts'

const { syn, ack, fin, rst } = TCP_FLAGS

function segment(fields: Partial<TcpSegment> & { from: number; to: number }): TcpSegment {
  const one = emptySegment()
  one.source[0] = fields.from
  one.destination[0] = fields.to
  return Object.assign(one, { sourcePort: 40_000, destinationPort: 21 }, fields)
}

const OPEN = segment({ from: 1, to: 2, flags: syn, seq: 99, time: 5 })
const ANSWER = segment({
  from: 2,
  to: 1,
  sourcePort: 21,
  destinationPort: 40_000,
  flags: syn | ack,
  seq: 499,
})

test('both directions find the same connection, and others do not', () => {
  const table = new ConnectionTable<string>()
  const connection = new Connection(OPEN, 'one')
  table.add(connection, OPEN)
  expect([table.find(OPEN), table.side]).toEqual([connection, 0])
  expect([table.find(ANSWER), table.side]).toEqual([connection, 1])
  // The sums that make the key are the same.
  expect(table.find(segment({ from: 2, to: 1 }))).toBeUndefined()
  expect(table.find(segment({ from: 1, to: 2, isIpv6: true }))).toBeUndefined()
  expect([connection.end(0), connection.end(1)]).toEqual([
    { address: '0.0.0.1', port: 40_000 },
    { address: '0.0.0.2', port: 21 },
  ])
  table.remove(connection)
  table.remove(connection)
  expect([table.size, table.find(OPEN), [...table]]).toEqual([0, undefined, []])
})

test('who opened a connection of which the SYN is missing', () => {
  const opener = (one: TcpSegment): number | undefined => new Connection(one, '').end(0)?.port
  expect(opener(ANSWER)).toBe(40_000)
  expect(
    opener(segment({ from: 2, to: 1, sourcePort: 21, destinationPort: 40_000, flags: ack })),
  ).toBe(40_000)
  expect(
    opener(segment({ from: 2, to: 1, sourcePort: 40_000, destinationPort: 20, flags: ack })),
  ).toBe(20)
})

test('bytes are counted once, whatever was captured of them', () => {
  const connection = new Connection(OPEN, '')
  connection.account(OPEN, 0)
  connection.account(ANSWER, 1)
  expect([connection.isEstablished, connection.isFromStart]).toEqual([true, true])
  for (const seq of [100, 100, 1600, 600])
    connection.account(segment({ from: 1, to: 2, seq, length: 500, flags: ack }), 0)
  connection.account(segment({ from: 1, to: 2, seq: 2100, flags: ack | fin }), 0)
  expect([connection.bytesFrom(0), connection.bytesFrom(1), connection.isEnded]).toEqual([
    2000,
    0,
    false,
  ])
  connection.account(segment({ from: 2, to: 1, flags: rst }), 1)
  expect([connection.isEnded, connection.isReset]).toEqual([true, true])
})

test('a SYN with another number begins another connection', () => {
  const connection = new Connection(OPEN, '')
  connection.account(OPEN, 0)
  expect(connection.isReplacedBy(OPEN)).toBe(false)
  expect(connection.isReplacedBy({ ...OPEN, seq: 7 })).toBe(true)
  expect(connection.isReplacedBy(ANSWER)).toBe(false)
})
