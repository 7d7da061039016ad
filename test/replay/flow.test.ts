import { expect, test } from 'vitest'
import { Flow } from '../../src/replay/flow.ts'

test('keeps what happens until it is known what it is, and no more than that takes', () => {
  const flow = new Flow()
  flow.bytes(1, Buffer.from('220 x\r\n'), 1)
  flow.bytes(0, Buffer.from('USER a\r\n'), 2)
  expect(flow.first.map((bytes) => Buffer.from(bytes).toString())).toEqual([
    'USER a\r\n',
    '220 x\r\n',
  ])
  expect([flow.isTooLong, flow.since]).toEqual([false, 1])
  flow.bytes(0, Buffer.alloc(20_000), 3)
  expect(flow.isTooLong).toBe(true)
  expect(flow.first[0]).toHaveLength(512)
  flow.other()
  expect([flow.kind, flow.dialogue]).toEqual(['other', undefined])
})

test('tells a session everything, each at its own time', () => {
  const flow = new Flow()
  flow.bytes(1, Buffer.from('a'), 1)
  flow.gap(0, 5, 2)
  const heard: unknown[] = []
  const session = {
    bytes: (...args: unknown[]) => heard.push(['bytes', ...args]),
    gap: (...args: unknown[]) => heard.push(['gap', ...args]),
    closed: (...args: unknown[]) => heard.push(['closed', ...args]),
  }
  flow.control(1, [session as never])
  flow.closed(0, 'end', 3)
  expect(heard).toEqual([
    ['bytes', 'server', Buffer.from('a'), 1],
    ['gap', 'client', 5, 2],
    ['closed', 'client', 'end', 3],
  ])
})
