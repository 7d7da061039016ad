import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { SystemCallError } from '../../../src/shell/native/libc.ts'
import { type LoggedPacket, NflogReader } from '../../../src/shell/netlink/nflog.ts'
import { inFreshNamespace } from './namespace.ts'

const GROUP = 4_711

const RULES = `table inet lab {
  chain output {
    type filter hook output priority 0;
    tcp dport 5000-5999 tcp flags & (syn | ack) == syn log group ${GROUP} snaplen 64 queue-threshold 1 prefix "admitted "
    udp dport 5000 log group ${GROUP} prefix "datagram "
  }
}`

inFreshNamespace(RULES)

describe('what a rule logs', () => {
  test.each([
    ['127.0.0.1', 4],
    ['::1', 6],
  ] as const)('is read at once: %s', async (address, family) => {
    const reader = opened()
    expect(reader.read(10)).toEqual([])
    const from = await knock(address, 5_000)
    expect(reader.read(10)).toEqual([
      {
        prefix: 'admitted ',
        family,
        source: endpoint(ip(address), port(from)),
        destination: endpoint(ip(address), port(5_000)),
      },
    ])
    expect(reader.read(10)).toEqual([])
    expect(reader.lost).toBe(0)
  })

  test('comes in its order, and no more of it than was asked for', async () => {
    const reader = opened()
    for (const to of [5_001, 5_002, 5_003]) await knock('127.0.0.1', to)
    expect(ports(reader.read(2))).toEqual([5_001, 5_002])
    expect(ports(reader.read(2))).toEqual([5_003])
  })

  test('is left out when it is not TCP, and is not counted as lost', async () => {
    const reader = opened()
    const socket = createSocket('udp4')
    await new Promise((resolve) => socket.send('x', 5_000, '127.0.0.1', resolve))
    socket.close()
    await knock('127.0.0.1', 5_000)
    expect(ports(reader.read(10))).toEqual([5_000])
    expect(reader.lost).toBe(0)
  })
})

test('packets that find no room are counted, and reading goes on', async () => {
  const reader = opened()
  const flood = `
    const socket = require('node:dgram').createSocket('udp4')
    let left = 60000
    const send = () => {
      if (left-- === 0) return socket.close()
      socket.send('x', 5000, '127.0.0.1', send)
    }
    send()`
  execFileSync(process.execPath, ['-e', flood])
  expect(reader.lost).toBe(0)
  let emptied = 0
  for (let turn = 0; turn < 100_000; turn++) {
    const before = reader.lost
    reader.read(1_000)
    if (reader.lost === before) emptied += 1
    if (emptied > 100) break
  }
  expect(reader.lost).toBeGreaterThan(0)
  const lost = reader.lost
  await knock('127.0.0.1', 5_004)
  expect(ports(reader.read(10))).toEqual([5_004])
  // The gap in the numbers says how many; until then the kernel had only said that there were some.
  expect(reader.lost).toBeGreaterThanOrEqual(lost)
  expect(reader.lost).toBeGreaterThan(1)
  expect(reader.lost).toBeLessThan(60_000)
})

describe('a group', () => {
  test('has one reader', () => {
    opened()
    expect(() => NflogReader.open(GROUP)).toThrow(SystemCallError)
    expect(() => NflogReader.open(GROUP)).toThrow(/^nflog bind: EPERM$/)
  })

  test('can be read again once it was closed', async () => {
    const first = NflogReader.open(GROUP)
    first.close()
    first.close()
    const reader = opened()
    await knock('127.0.0.1', 5_005)
    expect(ports(reader.read(10))).toEqual([5_005])
  })
})

function opened(): NflogReader {
  const reader = NflogReader.open(GROUP)
  onTestFinished(() => reader.close())
  return reader
}

/** Connects where nobody listens. Resolves to the port it came from. */
async function knock(host: string, to: number): Promise<number> {
  const from = 40_000 + to
  const socket = connect({ host, port: to, localPort: from })
  await once(socket, 'error').catch(() => undefined)
  return from
}

function ports(packets: readonly LoggedPacket[]): number[] {
  return packets.map(({ destination }) => destination.port)
}
