import { createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import type { SessionEvent } from '../../src/engine/session/event.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { ControlConnection } from '../../src/shell/control-connection.ts'
import { LingeringSockets } from '../../src/shell/lingering-sockets.ts'
import { eventually, freePort } from '../support/proxy-in-process.ts'
import { socketPair } from '../support/sockets.ts'

const ANY = { type: 'any', isBound: false } as const
const BOUND = { type: 'any', isBound: true } as const

const cleanups: (() => unknown)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

interface Started {
  readonly connection: ControlConnection
  readonly client: Socket
  readonly events: SessionEvent[]
}

async function start(): Promise<Started> {
  const { accepted, dialed } = await socketPair()
  const events: SessionEvent[] = []
  const lingering = new LingeringSockets(8)
  const connection = new ControlConnection(sessionId('s1'), accepted, lingering, (event) => {
    events.push(event)
  })
  cleanups.push(
    () => dialed.destroy(),
    () => connection.destroy(),
  )
  return { connection, client: dialed, events }
}

async function startServer(): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  cleanups.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: address.port, sockets }
}

function types(events: readonly SessionEvent[]): readonly string[] {
  return events.map((event) => event.type)
}

test('both legs report bytes under their side', async () => {
  const { connection, client, events } = await start()
  const server = await startServer()
  connection.connectServer({ address: ip('127.0.0.1'), port: port(server.port) }, ANY)
  await eventually(() => types(events).includes('serverConnected'), 'connected')
  await eventually(() => server.sockets.length === 1, 'accepted')
  client.write('NOOP\r\n')
  server.sockets[0]?.write('220 x\r\n')
  await eventually(() => events.length === 3, 'bytes of both')
  const sides = events.flatMap((event) => (event.type === 'bytes' ? [event.side] : []))
  expect(sides.toSorted()).toEqual(['client', 'server'])
})

test('a server that refuses is one event with the reason, even when bound', async () => {
  const { connection, events } = await start()
  const closed = port(await freePort('127.0.0.1'))
  connection.connectServer({ address: ip('127.0.0.1'), port: closed }, BOUND)
  await eventually(() => events.length > 0, 'failed')
  expect(events).toEqual([{ type: 'serverFailed', session: 's1', cause: 'ECONNREFUSED' }])
})

test('closing the server side while it is being dialled abandons the dial', async () => {
  const { connection, events } = await start()
  const server = await startServer()
  connection.connectServer({ address: ip('127.0.0.1'), port: port(server.port) }, ANY)
  connection.close('server')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(events).toEqual([])
})

test('an address that is not ours is one event with the reason', async () => {
  const { connection, events } = await start()
  const server = await startServer()
  const own = { type: 'own', address: ip('192.0.2.7') } as const
  connection.connectServer({ address: ip('127.0.0.1'), port: port(server.port) }, own)
  await eventually(() => events.length > 0, 'failed')
  expect(events).toEqual([{ type: 'serverFailed', session: 's1', cause: 'EADDRNOTAVAIL' }])
})

test('a client address that the socket cannot have is one event too', async () => {
  const { connection, events } = await start()
  const server = await startServer()
  const client = { type: 'client', client: { address: ip('ff02::1'), port: port(1025) } } as const
  connection.connectServer({ address: ip('127.0.0.1'), port: port(server.port) }, client)
  await eventually(() => events.length > 0, 'failed')
  expect(types(events)).toEqual(['serverFailed'])
})

test('it knows its client', async () => {
  const { connection, client } = await start()
  expect(connection.client).toEqual({ address: '127.0.0.1', port: client.localPort })
})
