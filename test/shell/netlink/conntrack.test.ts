import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { enableAccounting } from '../../../src/shell/netlink/accounting.ts'
import { Conntrack, type FlowTuple } from '../../../src/shell/netlink/conntrack.ts'
import { inFreshNamespace } from './namespace.ts'

/** Somebody has to ask for connection tracking; one port is translated to another. */
const RULES = `table inet lab {
  chain output {
    type nat hook output priority -100;
    ip daddr 127.0.0.1 tcp dport 4999 dnat ip to 127.0.0.1:5000
  }
  chain input {
    type filter hook input priority 0;
    ct state new tcp dport 5001 drop
  }
}`

const accountings: { restore(): void }[] = []
afterEach(() => {
  for (const accounting of accountings.splice(0)) accounting.restore()
})

inFreshNamespace(RULES)

describe.each(['127.0.0.1', '::1'])('a flow on %s', (address) => {
  test('is found while it lives, with what it carried, and how it ended', async () => {
    const conntrack = opened()
    accountings.push(enableAccounting())
    const { tuple, client, server } = await flow(address)
    expect(conntrack.get(tuple)?.state).toBe('established')

    const before = conntrack.get(tuple)
    client.write(Buffer.alloc(1_000))
    await once(server, 'data')
    await vi.waitFor(() => {
      const now = conntrack.get(tuple)
      // One segment, and the headers of IP and TCP.
      expect((now?.original.bytes ?? 0) - (before?.original.bytes ?? 0)).toBeGreaterThan(1_000)
      expect((now?.original.packets ?? 0) - (before?.original.packets ?? 0)).toBeGreaterThan(0)
      expect(now?.reply.bytes).toBeGreaterThan(before?.reply.bytes ?? Infinity)
    })

    client.end()
    await vi.waitFor(() => expect(conntrack.get(tuple)?.state).toBe('closing'))
    server.end()
    await vi.waitFor(() => expect(conntrack.get(tuple)?.state).toBe('ended'))
  })

  test('that is reset', async () => {
    const conntrack = opened()
    const { tuple, client } = await flow(address)
    client.resetAndDestroy()
    await vi.waitFor(() => expect(conntrack.get(tuple)?.state).toBe('reset'))
  })

  test('is not found by its other direction', async () => {
    const { tuple } = await flow(address)
    const other = { source: tuple.destination, destination: tuple.source }
    expect(opened().get(other)).toBeUndefined()
    expect(opened().delete(other)).toBe(false)
    expect(opened().get(tuple)).toBeDefined()
  })

  test('is forgotten once', async () => {
    const conntrack = opened()
    const { tuple } = await flow(address)
    expect(conntrack.delete(tuple)).toBe(true)
    expect(conntrack.get(tuple)).toBeUndefined()
    expect(conntrack.delete(tuple)).toBe(false)
  })
})

test('a flow that was translated is asked for as it was before', async () => {
  const conntrack = opened()
  const { tuple, client } = await flow('127.0.0.1', 5_000, 4_999)
  expect(client.remotePort).toBe(4_999)
  expect(tuple.destination.port).toBe(4_999)
  expect(conntrack.get(tuple)?.state).toBe('established')
  const after = endpoint(tuple.destination.address, port(5_000))
  expect(conntrack.get({ ...tuple, destination: after })).toBeUndefined()
})

test('a flow that nobody answers is opening', async () => {
  const client = connect({ host: '127.0.0.1', port: 5_001, localPort: 40_404 })
  client.on('error', () => undefined)
  onTestFinished(() => void client.destroy())
  const tuple = {
    source: endpoint(ip('127.0.0.1'), port(40_404)),
    destination: endpoint(ip('127.0.0.1'), port(5_001)),
  }
  const conntrack = opened()
  await vi.waitFor(() => expect(conntrack.get(tuple)?.state).toBe('opening'))
})

test('what nobody opened is not there', () => {
  const nobody = endpoint(ip('192.0.2.1'), port(1))
  expect(opened().get({ source: nobody, destination: nobody })).toBeUndefined()
  expect(opened().delete({ source: nobody, destination: nobody })).toBe(false)
})

test('a flow that began uncounted has zero counts', async () => {
  const { tuple, client, server } = await flow('127.0.0.1')
  client.write('hello')
  await once(server, 'data')
  expect(opened().get(tuple)).toMatchObject({
    state: 'established',
    original: { packets: 0, bytes: 0 },
    reply: { packets: 0, bytes: 0 },
  })
})

test('after close there is nothing to ask; closing twice harms nobody', () => {
  const conntrack = Conntrack.open()
  conntrack.close()
  conntrack.close()
  const nobody = endpoint(ip('192.0.2.1'), port(1))
  expect(() => conntrack.get({ source: nobody, destination: nobody })).toThrow(/^send: EBADF$/)
})

function opened(): Conntrack {
  const conntrack = Conntrack.open()
  onTestFinished(() => conntrack.close())
  return conntrack
}

interface Flow {
  readonly tuple: FlowTuple
  readonly client: Socket
  readonly server: Socket
}

async function flow(address: string, listening = 0, dialled = listening): Promise<Flow> {
  const listener: Server = createServer({ allowHalfOpen: true }).listen(listening, address)
  await once(listener, 'listening')
  const bound = listener.address()
  if (bound === null || typeof bound === 'string') throw new Error('not listening')
  const accepted = once(listener, 'connection')
  const client = connect({
    host: address,
    port: dialled === 0 ? bound.port : dialled,
    allowHalfOpen: true,
  })
  await once(client, 'connect')
  const [server] = (await accepted) as [Socket]
  for (const socket of [client, server]) socket.on('error', () => undefined)
  onTestFinished(() => {
    client.destroy()
    server.destroy()
    listener.close()
  })
  const tuple = { source: end(client, 'local'), destination: end(client, 'remote') }
  server.resume()
  client.resume()
  return { tuple, client, server }
}

function end(socket: Socket, side: 'local' | 'remote'): Endpoint {
  return endpoint(ip(socket[`${side}Address`] ?? ''), port(socket[`${side}Port`] ?? 0))
}
