import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { duration } from '../../../src/net/instant.ts'
import { ip } from '../../../src/net/ip.ts'
import { unresponsive } from './unresponsive.ts'
import {
  connected,
  descriptors,
  freePort,
  held,
  type Lab,
  lab,
  listen,
  LOOPBACK,
  nothingLeft,
  peer,
  queues,
  soon,
  start,
  text,
} from './lab.ts'

/** More than the kernel keeps for two connections. */
const FULL_BYTES_MAX = 128 * 2 ** 20

let world: Lab
let before: number

beforeEach(() => {
  before = descriptors()
  world = lab()
})

afterEach(async () => {
  await world.path.close()
  await nothingLeft(world, before)
})

/** The one end of the only data connection. */
async function ended(): Promise<Record<string, unknown>> {
  const { toClientBytes, toServerBytes, cause } = await world.event('dataEnded')
  expect(world.eventsOf('dataEnded')).toHaveLength(1)
  expect(world.eventsOf('dataDialFailed')).toHaveLength(0)
  return { toClientBytes, toServerBytes, cause }
}

test('D15 R25 nothing is read or delivered before the start, then all of it is', async () => {
  const { connecting, accepting, connection } = await held(world)
  connecting.socket.write('from the client')
  accepting.socket.write('from the server')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(text(connecting) + text(accepting)).toBe('')
  expect(world.path.counts().buffers).toBe(0)
  start(world, connection)
  await soon(() => text(connecting) === 'from the server')
  await soon(() => text(accepting) === 'from the client')
  expect(world.path.counts().buffers).toBe(2)
  connecting.socket.end()
  accepting.socket.end()
  expect(await ended()).toEqual({ toClientBytes: 15, toServerBytes: 15, cause: 'end' })
})

test('D15 what a peer sends early is bounded by the kernel and not by us', async () => {
  const { connecting, connection } = await held(world)
  const bytes = Buffer.alloc(32 * 1024 * 1024)
  connecting.socket.write(bytes)
  await new Promise((resolve) => setTimeout(resolve, 100))
  // The kernel takes some megabytes at most; the rest stays with the sender.
  expect(connecting.socket.writableLength).toBe(bytes.length)
  world.path.perform({ type: 'closeData', connection })
  expect(await ended()).toEqual({ toClientBytes: 0, toServerBytes: 0, cause: 'closed' })
})

test('R25 bytes and FIN of both peers that came before the start are delivered', async () => {
  const { connecting, accepting, connection } = await held(world)
  connecting.socket.end('all of it')
  accepting.socket.end('and back')
  await soon(() => connecting.socket.writableFinished && accepting.socket.writableFinished)
  await new Promise((resolve) => setTimeout(resolve, 20))
  start(world, connection)
  expect(await ended()).toEqual({ toClientBytes: 8, toServerBytes: 9, cause: 'end' })
  await soon(() => accepting.fate() === 'end' && connecting.fate() === 'end')
  expect([text(connecting), text(accepting)]).toEqual(['and back', 'all of it'])
})

test('R25 a half-close in one direction leaves the other going', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  connecting.socket.end('request')
  await soon(() => accepting.fate() === 'end')
  expect(text(accepting)).toBe('request')
  for (const word of ['one ', 'two ', 'three'])
    await new Promise((resolve) => accepting.socket.write(word, resolve))
  await soon(() => text(connecting) === 'one two three')
  expect(connecting.fate()).toBe('open')
  expect(world.eventsOf('dataEnded')).toEqual([])
  accepting.socket.end()
  expect(await ended()).toEqual({ toClientBytes: 13, toServerBytes: 7, cause: 'end' })
  await soon(() => connecting.fate() === 'end')
})

test('R25 an empty transfer ends like any other', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  accepting.socket.end()
  await soon(() => connecting.fate() === 'end')
  connecting.socket.end()
  expect(await ended()).toEqual({ toClientBytes: 0, toServerBytes: 0, cause: 'end' })
})

test('in active mode the accepted leg is the server', async () => {
  const { connecting, accepting, connection } = await held(world, { mode: 'active' })
  start(world, connection)
  connecting.socket.end('the file')
  await soon(() => accepting.fate() === 'end')
  accepting.socket.end()
  expect(await ended()).toEqual({ toClientBytes: 8, toServerBytes: 0, cause: 'end' })
})

test('the dialled end is reported, and may be of the other family', async () => {
  const listener = await listen(ip('::1'))
  const { listening } = await world.openPinhole({
    dial: listener.endpoint,
    from: { address: ip('::1'), port: undefined },
  })
  const connecting = peer(await connected(listening))
  const dialled = await world.event('dataDialed')
  const accepting = peer(await listener.accepted())
  await listener.close()
  expect(dialled.local).toEqual({ address: '::1', port: accepting.socket.remotePort })
  start(world, dialled.connection)
  accepting.socket.end('over IPv6')
  await soon(() => connecting.fate() === 'end')
  expect(text(connecting)).toBe('over IPv6')
  connecting.socket.end()
  expect((await ended())['cause']).toBe('end')
})

test.each(['connecting', 'accepting'] as const)(
  'R25 a RST of the %s peer in mid-transfer is a RST for the other',
  async (who) => {
    const both = await held(world)
    start(world, both.connection)
    both.connecting.socket.write('x')
    both.accepting.socket.write('y')
    await soon(() => text(both.connecting) === 'y' && text(both.accepting) === 'x')
    both[who].socket.resetAndDestroy()
    const other = both[who === 'connecting' ? 'accepting' : 'connecting']
    expect(await ended()).toEqual({ toClientBytes: 1, toServerBytes: 1, cause: 'reset' })
    await soon(() => other.fate() === 'reset')
  },
)

test.each(['to-client', 'to-server'] as const)(
  'R25 a file %s that was cut off before the start does not look complete',
  async (direction) => {
    const { connecting, accepting, connection } = await held(world)
    const [sender, receiver] =
      direction === 'to-client' ? [accepting, connecting] : [connecting, accepting]
    await new Promise((resolve) => sender.socket.write('half a file', resolve))
    sender.socket.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
    start(world, connection, direction)
    expect((await ended())['cause']).toBe('reset')
    await soon(() => receiver.fate() === 'reset')
  },
)

test('a receiver that half-closed first still sees that the file was cut off', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  connecting.socket.end()
  await soon(() => accepting.fate() === 'end')
  await new Promise((resolve) => accepting.socket.write('half a file', resolve))
  accepting.socket.resetAndDestroy()
  expect((await ended())['cause']).toBe('reset')
  await soon(() => connecting.fate() === 'reset')
})

test('a file that came in full stays whole though its sender is gone for the answer', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  accepting.socket.end('the whole file')
  await soon(() => connecting.fate() === 'end')
  // As a server does that closes: whatever comes for it now is answered with a RST.
  accepting.socket.destroy()
  for (const word of ['close_notify', 'and', 'more']) {
    connecting.socket.write(word)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(world.eventsOf('dataEnded')).toEqual([])
  expect(connecting.fate()).toBe('end')
  connecting.socket.end()
  expect(await ended()).toMatchObject({ toClientBytes: 14, cause: 'end' })
})

test.each(['to-client', 'to-server'] as const)(
  'a file %s that came in full is delivered though its sender left without reading the answer',
  async (direction) => {
    const { connecting, accepting, connection } = await held(world)
    const [sender, receiver] =
      direction === 'to-client' ? [accepting, connecting] : [connecting, accepting]
    receiver.socket.pause()
    start(world, connection, direction)
    // Until the receiver's window and our buffer are full, and some is left that we do not read.
    const chunk = Buffer.alloc(131_072, 'the quick brown fox jumps over the lazy dog ')
    let sentBytes = 0
    let isFull = false
    while (!isFull && sentBytes < FULL_BYTES_MAX) {
      await new Promise((resolve) => sender.socket.write(chunk, resolve))
      sentBytes += chunk.length
      await new Promise((resolve) => setTimeout(resolve, 2))
      isFull = (await queues(sender.socket)).unread > 0
    }
    expect(isFull).toBe(true)
    sender.socket.end()
    await soon(async () => (await queues(sender.socket)).unsent === 0)
    sender.socket.destroy()
    // As the session tickets of TLS 1.3 do: the first is answered with a RST, the next ones fail.
    for (const ticket of ['one', 'two', 'three']) {
      receiver.socket.write(ticket)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    receiver.socket.resume()
    await soon(() => receiver.fate() !== 'open')
    expect(receiver.fate()).toBe('end')
    expect(Buffer.concat(receiver.received)).toHaveLength(sentBytes)
    receiver.socket.end()
    const file = direction === 'to-client' ? 'toClientBytes' : 'toServerBytes'
    expect(await ended()).toMatchObject({ [file]: sentBytes, cause: 'end' })
  },
)

test('a receiver that is gone before the file is complete is a RST for the sender', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  connecting.socket.end()
  await soon(() => accepting.fate() === 'end')
  connecting.socket.destroy()
  for (let count = 0; count < 100 && accepting.socket.writable; count++) {
    accepting.socket.write('.')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect((await ended())['cause']).toBe('reset')
  await soon(() => accepting.socket.destroyed)
})

test('D14 R28 a connection on which nothing moves ends as idle', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection, 'to-client', 500)
  for (let count = 0; count < 10; count++) {
    accepting.socket.write('.')
    await soon(() => text(connecting).length === count + 1)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  expect(await ended()).toEqual({ toClientBytes: 10, toServerBytes: 0, cause: 'idle' })
  await soon(() => connecting.fate() === 'reset' && accepting.fate() === 'reset')
})

test('R7 a receiver that does not read stops the sender, and at last ends as idle', async () => {
  const { connecting, accepting, connection } = await held(world)
  connecting.socket.pause()
  start(world, connection, 'to-client', 400)
  const bytes = Buffer.alloc(64 * 1024 * 1024)
  accepting.socket.write(bytes)
  await new Promise((resolve) => setTimeout(resolve, 100))
  // What neither kernel took is still with the sender, so it is not with us.
  expect(accepting.socket.writableLength).toBe(bytes.length)
  expect((await ended())['cause']).toBe('idle')
  connecting.socket.resume()
})

test.each([false, true])('closing resets both legs (flowing: %s)', async (isFlowing) => {
  const { connecting, accepting, connection } = await held(world)
  if (isFlowing) start(world, connection)
  world.path.perform({ type: 'closeData', connection })
  world.path.perform({ type: 'closeData', connection })
  expect(world.eventsOf('dataEnded')).toEqual([])
  expect(await ended()).toEqual({ toClientBytes: 0, toServerBytes: 0, cause: 'closed' })
  await soon(() => connecting.fate() === 'reset' && accepting.fate() === 'reset')
})

test('closing in the turn in which a FIN is passed on leaves nothing open', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  const closing = new Promise<void>((resolve) => {
    accepting.socket.once('finish', function close() {
      if (world.eventsOf('dataEnded').length > 0) return resolve()
      world.path.perform({ type: 'closeData', connection })
      setImmediate(close)
    })
  })
  accepting.socket.end('x')
  await closing
  await soon(() => connecting.fate() !== 'open')
  expect(['closed', 'end']).toContain((await ended())['cause'])
})

test('the legs wait for the start as long as it takes, and start once', async () => {
  const { connecting, accepting, connection } = await held(world)
  start(world, connection)
  start(world, connection)
  expect(world.path.counts().buffers).toBe(2)
  connecting.socket.end()
  accepting.socket.end()
  expect((await ended())['cause']).toBe('end')
})

test('a dial that is refused resets the accepted leg', async () => {
  const { listening } = await world.openPinhole({ dial: await freePort() })
  const connecting = peer(await connected(listening))
  expect(await world.event('dataDialFailed')).toMatchObject({ cause: 'ECONNREFUSED' })
  await soon(() => connecting.fate() === 'reset')
  expect(world.path.counts().connections).toBe(0)
  expect(world.eventsOf('dataEnded')).toEqual([])
})

/** A data connection whose dial hangs. */
async function hanging(
  timeoutMs: number,
): Promise<{ connecting: Socket; stop: () => Promise<void> }> {
  const { to, stop } = await unresponsive()
  const { pinhole, listening } = await world.openPinhole({ dial: to })
  world.onDataConnection = ({ connection }) =>
    world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(timeoutMs) })
  const connecting = await connected(listening)
  await world.event('dataConnection')
  return { connecting, stop }
}

async function dialFailure(): Promise<string> {
  const { cause } = await world.event('dataDialFailed')
  expect(world.eventsOf('dataDialFailed')).toHaveLength(1)
  expect(world.eventsOf('dataDialed')).toEqual([])
  expect(world.eventsOf('dataEnded')).toEqual([])
  return cause
}

test('R13 a dial that nobody answers ends as ETIMEDOUT', async () => {
  const { connecting, stop } = await hanging(50)
  const client = peer(connecting)
  expect(await dialFailure()).toBe('ETIMEDOUT')
  await soon(() => client.fate() === 'reset')
  await stop()
})

test('D13 closing a connection that is dialling aborts the dial', async () => {
  const { connecting, stop } = await hanging(60_000)
  const { connection } = await world.event('dataConnection')
  world.path.perform({ type: 'closeData', connection })
  expect(world.eventsOf('dataDialFailed')).toEqual([])
  expect(await dialFailure()).toBe('ECANCELED')
  await soon(() => world.path.counts().connections === 0)
  connecting.destroy()
  await stop()
})

test('D19 a peer that resets while the other leg is dialled aborts the dial', async () => {
  const { connecting, stop } = await hanging(60_000)
  connecting.resetAndDestroy()
  expect(await dialFailure()).toBe('ECONNRESET')
  await stop()
})

test('D19 a FIN while the other leg is dialled does not', async () => {
  const listener = await listen()
  const { listening } = await world.openPinhole({ dial: listener.endpoint })
  const connecting = connect({ host: LOOPBACK, port: listening.port, allowHalfOpen: true })
  connecting.on('error', () => {})
  connecting.end('short upload')
  const { connection } = await world.event('dataDialed')
  const accepting = peer(await listener.accepted())
  await listener.close()
  start(world, connection, 'to-server')
  await soon(() => accepting.fate() === 'end')
  expect(text(accepting)).toBe('short upload')
  accepting.socket.end()
  expect(await ended()).toEqual({ toClientBytes: 0, toServerBytes: 12, cause: 'end' })
  connecting.destroy()
})
