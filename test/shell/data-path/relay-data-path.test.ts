import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataConnectionId } from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { duration } from '../../../src/net/instant.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  connected,
  descriptors,
  dialing,
  freePort,
  held,
  type Lab,
  lab,
  listen,
  LOOPBACK,
  nothingLeft,
  type Peer,
  peer,
  refusal,
  soon,
  start,
} from './lab.ts'

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

/** As the engine does: only the peer of the pinhole is dialled for, and only once. */
function expectOnly(pinhole: Pinhole): void {
  world.onDataConnection = ({ connection, peer: { address } }) => {
    if (address !== pinhole.peer) {
      world.path.perform({ type: 'dropData', connection })
      return
    }
    world.path.perform({ type: 'closePinhole', pinhole })
    world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('D1 D2 a stranger is reset, and the expected peer still gets in', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  expectOnly(pinhole)
  const stranger = peer(dialing(listening, ip('127.0.0.66')))
  stranger.socket.write('let me in')
  await soon(() => stranger.fate() === 'reset')
  expect(stranger.received).toEqual([])
  expect(world.eventsOf('dataConnection')[0]).toMatchObject({
    local: listening,
    peer: { address: '127.0.0.66' },
  })
  const client = peer(await connected(listening))
  const { connection } = await world.event('dataDialed')
  start(world, connection)
  const served = peer(await server.accepted())
  served.socket.end('the file')
  await soon(() => client.fate() === 'end')
  expect(Buffer.concat(client.received).toString()).toBe('the file')
  client.socket.end()
  expect(await world.event('dataEnded')).toMatchObject({ toClientBytes: 8, cause: 'end' })
  expect(world.eventsOf('dataDialFailed')).toEqual([])
  await server.close()
})

test('D3 D11 the second connection of the same peer is refused', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  expectOnly(pinhole)
  const client = await connected(listening)
  await world.event('dataDialed')
  expect(await refusal(listening)).toBe('ECONNREFUSED')
  expect(world.eventsOf('dataConnection')).toHaveLength(1)
  client.destroy()
  await server.close()
})

test('D3 of two that connect at once only the first is reported, the second is reset', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  expectOnly(pinhole)
  const clients = [peer(dialing(listening)), peer(dialing(listening))]
  await soon(() => clients.some((client) => client.fate() === 'reset'))
  await world.event('dataDialed')
  expect(world.eventsOf('dataConnection')).toHaveLength(1)
  for (const client of clients) client.socket.destroy()
  await server.close()
})

test('D6 the expected peer on another address of ours finds nothing', async () => {
  const { listening } = await world.openPinhole()
  const elsewhere = { address: ip('127.0.0.3'), port: listening.port }
  expect(await refusal(elsewhere)).toBe('ECONNREFUSED')
})

test('D7 after the pinhole is closed nobody gets in', async () => {
  const { pinhole, listening } = await world.openPinhole()
  world.path.perform({ type: 'closePinhole', pinhole })
  world.path.perform({ type: 'closePinhole', pinhole })
  expect(await refusal(listening)).toBe('ECONNREFUSED')
  expect(world.path.counts().listeners).toBe(0)
})

test('a data connection lives on when its pinhole is closed', async () => {
  const { connecting, accepting, connection, pinhole } = await held(world)
  world.path.perform({ type: 'closePinhole', pinhole })
  start(world, connection)
  accepting.socket.end('still here')
  await soon(() => connecting.fate() === 'end')
  connecting.socket.end()
  expect(await world.event('dataEnded')).toMatchObject({ toClientBytes: 10, cause: 'end' })
})

test('a connection that nobody wants is dropped', async () => {
  const { listening } = await world.openPinhole()
  world.onDataConnection = () => {}
  const client = peer(dialing(listening))
  await soon(() => client.fate() === 'reset')
  expect(world.events.map((event) => event.type)).toEqual(['pinholeOpened', 'dataConnection'])
})

test('M12 a connection that is kept is neither dropped nor read until it is dialled', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  world.onDataConnection = ({ connection }) => {
    world.path.perform({ type: 'holdData', connection })
  }
  const client = peer(await connected(listening))
  client.socket.write('early')
  const { connection } = await world.event('dataConnection')
  expect(client.fate()).toBe('open')
  world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
  await world.event('dataDialed')
  start(world, connection)
  const served = peer(await server.accepted())
  await soon(() => Buffer.concat(served.received).toString() === 'early')
  client.socket.end()
  served.socket.end()
  expect(await world.event('dataEnded')).toMatchObject({ toServerBytes: 5, cause: 'end' })
  await server.close()
})

test('D19 R24 peers that connect and reset at once do no harm', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  world.onDataConnection = ({ connection }) =>
    world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
  for (let count = 0; count < 50; count++) (await connected(listening)).resetAndDestroy()
  const dialled = world.eventsOf('dataConnection').length
  for (const { connection } of world.eventsOf('dataDialed')) start(world, connection)
  await soon(() => {
    for (const { connection } of world.eventsOf('dataDialed')) start(world, connection)
    return world.path.counts().connections === 0
  })
  const answers = world.eventsOf('dataDialFailed').length + world.eventsOf('dataEnded').length
  expect(answers).toBe(Math.max(dialled, world.eventsOf('dataConnection').length))
  await server.close()
})

test('R15 D2 a storm of strangers does not keep the expected peer out', async () => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  expectOnly(pinhole)
  const storm = Array.from({ length: 300 }, () => dialing(listening, ip('127.0.0.66')))
  const client = await connected(listening)
  await world.event('dataDialed')
  for (const socket of [...storm, client]) socket.destroy()
  await server.close()
})

test('a port in use is reported and its answer never comes from inside perform', async () => {
  const other = await listen()
  const pinhole = world.pinhole({ listen: other.endpoint })
  world.path.perform({ type: 'openPinhole', pinhole })
  expect(world.events).toEqual([])
  expect(await world.event('pinholeFailed')).toEqual({
    type: 'pinholeFailed',
    session: pinhole.session,
    pinhole: pinhole.id,
    cause: 'EADDRINUSE',
  })
  await other.close()
})

test('a dial for a connection that is gone is answered all the same', async () => {
  const pinhole = world.pinhole()
  const connection = dataConnectionId(4711)
  world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
  expect(world.events).toEqual([])
  expect(await world.event('dataDialFailed')).toMatchObject({ connection, cause: 'ECONNRESET' })
  world.path.perform({ type: 'startData', connection, direction: 'to-client', idle: duration(1) })
  world.path.perform({ type: 'closeData', connection })
  world.path.perform({ type: 'dropData', connection })
})

test('closing ends what is held, flowing and listening, and reports it', async () => {
  const first = await held(world)
  const second = await held(world)
  start(world, second.connection)
  const joining = world.pinhole({ listen: await freePort() })
  world.path.perform({ type: 'openPinhole', pinhole: joining })
  await world.path.close()
  expect(world.eventsOf('dataEnded').map(({ cause }) => cause)).toEqual(['closed', 'closed'])
  await soon(() => first.connecting.fate() === 'reset' && second.accepting.fate() === 'reset')
  expect(await refusal(first.listening)).toBe('ECONNREFUSED')
  const late = world.pinhole()
  world.path.perform({ type: 'openPinhole', pinhole: late })
  await soon(() => world.eventsOf('pinholeFailed').some(({ pinhole }) => pinhole === late.id))
  await soon(() => world.eventsOf('pinholeFailed').some(({ pinhole }) => pinhole === joining.id))
})

/** Opens descriptors until there are none; `undefined` where that would take too many. */
function exhaustDescriptors(): number[] | undefined {
  const opened: number[] = []
  try {
    while (opened.length < 100_000) opened.push(openSync('/dev/null', 'r'))
  } catch {
    return opened
  }
  for (const descriptor of opened) closeSync(descriptor)
  return undefined
}

test('R2 without descriptors pinholes and dials fail with EMFILE, and later work again', async (context) => {
  const server = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: server.endpoint })
  let opened: number[] | undefined
  const normally = world.onDataConnection
  world.onDataConnection = ({ connection }) => {
    opened = exhaustDescriptors()
    world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
    world.path.perform({ type: 'openPinhole', pinhole: world.pinhole() })
  }
  const client = await connected(listening)
  try {
    await world.event('dataConnection')
    if (opened === undefined) context.skip('the limit of descriptors is above 100 000 here')
    expect((await world.event('dataDialFailed')).cause).toBe('EMFILE')
    expect((await world.event('pinholeFailed')).cause).toBe('EMFILE')
  } finally {
    for (const descriptor of opened ?? []) closeSync(descriptor)
    client.destroy()
    await server.close()
  }
  world.onDataConnection = normally
  expect((await held(world)).accepting.fate()).toBe('open')
})

const SIZES = [
  ['0 B', 0],
  ['1 B', 1],
  ['1 MiB', 1024 * 1024],
  ['64 MiB', 64 * 1024 * 1024],
] as const

test.each(
  SIZES.flatMap(([name, size]) =>
    (['to-client', 'to-server'] as const).map((direction) => [name, direction, size] as const),
  ),
)('a file of %s %s arrives as it was sent', async (_name, direction, size) => {
  const { connecting, accepting, connection } = await held(world)
  const [sender, receiver] =
    direction === 'to-client' ? [accepting, connecting] : [connecting, accepting]
  const file = randomBytes(size)
  start(world, connection, direction)
  sender.socket.end(file)
  await soon(() => receiver.fate() === 'end')
  receiver.socket.end()
  expect(sha256(Buffer.concat(receiver.received))).toBe(sha256(file))
  expect(await world.event('dataEnded')).toMatchObject({
    toClientBytes: direction === 'to-client' ? size : 0,
    toServerBytes: direction === 'to-server' ? size : 0,
    cause: 'end',
  })
})

test('D17 two hundred clients on ten shared ports each get their own file', async () => {
  const server = await listen()
  const ports = await Promise.all(Array.from({ length: 10 }, () => freePort()))
  const clients = Array.from({ length: 200 }, (_, index) => ({
    address: ip(`127.0.1.${index + 1}`),
    file: randomBytes(64 * 1024 + index),
    listening: ports[index % 10] ?? { address: LOOPBACK, port: port(1) },
  }))
  const fileOf = new Map<string, Buffer>(clients.map(({ address, file }) => [address, file]))
  const pinholes = new Map<string, Pinhole>()
  for (const { address, listening } of clients) {
    // The address towards the server tells the server whose file it is.
    const from = { address, port: undefined }
    const wish = { peer: address, listen: listening, dial: server.endpoint, from }
    pinholes.set(address, (await world.openPinhole(wish)).pinhole)
  }
  expect(world.path.counts().listeners).toBe(10)
  world.onDataConnection = ({ connection, peer: from }) => {
    const pinhole = pinholes.get(from.address)
    if (pinhole === undefined) return
    world.path.perform({ type: 'closePinhole', pinhole })
    world.path.perform({ type: 'dialData', connection, pinhole, timeout: duration(20_000) })
  }
  const sockets = await Promise.all(
    clients.map(({ listening, address }) => connected(listening, address)),
  )
  await soon(() => world.eventsOf('dataDialed').length === clients.length)
  expect(world.path.counts()).toEqual({ listeners: 0, connections: 200, buffers: 0 })
  for (const { connection } of world.eventsOf('dataDialed')) start(world, connection)
  const readers = new Map<string, Peer>(
    sockets.map((socket: Socket) => [socket.localAddress ?? '', peer(socket)]),
  )
  for (let count = 0; count < clients.length; count++) {
    const socket = await server.accepted()
    socket.end(fileOf.get(socket.remoteAddress ?? '') ?? '')
    socket.resume()
  }
  for (const { address, file } of clients) {
    const reader = readers.get(address)
    await soon(() => reader?.fate() === 'end')
    reader?.socket.end()
    expect(sha256(Buffer.concat(reader?.received ?? []))).toBe(sha256(file))
  }
  await soon(() => world.eventsOf('dataEnded').length === clients.length)
  expect(new Set(world.eventsOf('dataEnded').map(({ cause }) => cause))).toEqual(new Set(['end']))
  await server.close()
}, 30_000)
