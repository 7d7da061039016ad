/** Real sockets on loopback around a relay data path: a peer that connects and one that listens. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { expect, vi } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { endpoint, type Endpoint } from '../../../src/net/endpoint.ts'
import { duration } from '../../../src/net/instant.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { hasLostPeer } from '../../../src/shell/data-path/leg.ts'
import type { DataEvent } from '../../../src/shell/data-path/data-path.ts'
import {
  createRelayDataPath,
  type RelayDataPath,
} from '../../../src/shell/data-path/relay-data-path.ts'

export const LOOPBACK: Ip = ip('127.0.0.1')
const SESSION = sessionId('s1')

/** What became of a socket of ours, and the bytes it got. */
export interface Peer {
  readonly socket: Socket
  readonly received: Buffer[]
  /** How the incoming direction ended, once it has. */
  readonly fate: () => 'open' | 'end' | 'reset'
}

type EventOf<Type extends DataEvent['type']> = Extract<DataEvent, { type: Type }>

export interface Lab {
  readonly path: RelayDataPath
  readonly events: DataEvent[]
  /** Decides on each data connection; dials the pinhole given to {@link openPinhole} by default. */
  onDataConnection: (event: EventOf<'dataConnection'>) => void
  pinhole(wish?: Partial<Pinhole>): Pinhole
  openPinhole(wish?: Partial<Pinhole>): Promise<{ pinhole: Pinhole; listening: Endpoint }>
  /** The `ordinal`th event of a type, as soon as it is there. */
  event<Type extends DataEvent['type']>(type: Type, ordinal?: number): Promise<EventOf<Type>>
  eventsOf<Type extends DataEvent['type']>(type: Type): EventOf<Type>[]
}

export function lab(): Lab {
  const events: DataEvent[] = []
  const pinholes = new Map<string, Pinhole>()
  let pinholesMade = 0
  const path = createRelayDataPath((event) => {
    events.push(event)
    if (event.type === 'dataConnection') self.onDataConnection(event)
  })
  const self: Lab = {
    path,
    events,
    onDataConnection: ({ connection, local }) => {
      const pinhole = pinholes.get(`${local.address} ${local.port}`)
      if (pinhole === undefined) throw new Error('no pinhole there')
      path.perform({ type: 'dialData', connection, pinhole, timeout: duration(5000) })
    },
    pinhole: (wish = {}) => ({
      id: pinholeId(SESSION, ++pinholesMade),
      session: SESSION,
      mode: 'passive',
      peer: LOOPBACK,
      fromPorts: undefined,
      listen: { address: LOOPBACK, port: undefined },
      dial: endpoint(LOOPBACK, port(9)),
      from: { address: LOOPBACK, port: undefined },
      ...wish,
    }),
    openPinhole: async (wish) => {
      const pinhole = self.pinhole(wish)
      path.perform({ type: 'openPinhole', pinhole })
      const opened = await soon(() =>
        self.eventsOf('pinholeOpened').find((event) => event.pinhole === pinhole.id),
      )
      pinholes.set(`${opened.listening.address} ${opened.listening.port}`, pinhole)
      return { pinhole, listening: opened.listening }
    },
    event: (type, ordinal = 0) => soon(() => self.eventsOf(type)[ordinal]),
    eventsOf: (type) =>
      events.filter((event): event is EventOf<typeof type> => event.type === type),
  }
  return self
}

/** Both legs of a data connection, held; the client is the peer that connects (passive mode). */
export async function held(
  world: Lab,
  wish: Partial<Pinhole> = {},
): Promise<{
  connecting: Peer
  accepting: Peer
  connection: EventOf<'dataConnection'>['connection']
  pinhole: Pinhole
  listening: Endpoint
}> {
  const listener = await listen()
  const { pinhole, listening } = await world.openPinhole({ dial: listener.endpoint, ...wish })
  const before = world.eventsOf('dataDialed').length
  const connecting = peer(await connected(listening))
  const { connection } = await world.event('dataDialed', before)
  const accepting = peer(await listener.accepted())
  await listener.close()
  return { connecting, accepting, connection, pinhole, listening }
}

export function start(
  world: Lab,
  connection: EventOf<'dataConnection'>['connection'],
  direction: 'to-client' | 'to-server' = 'to-client',
  idleMs = 60_000,
): void {
  world.path.perform({ type: 'startData', connection, direction, idle: duration(idleMs) })
}

/** Waits for something that happens within moments, and fails when it does not within seconds. */
export async function soon<T>(
  look: () => T | false | undefined | Promise<T | false | undefined>,
): Promise<T> {
  return vi.waitFor(
    async () => {
      const seen = await look()
      if (seen === undefined || seen === false) throw new Error(`not yet: ${look.toString()}`)
      return seen
    },
    { timeout: 8000, interval: 2 },
  )
}

/** A listener whose connections are queued; sockets are paused and have an error listener. */
export interface Listener {
  readonly endpoint: Endpoint
  /** The next connection that nobody has taken. */
  accepted(): Promise<Socket>
  /** Stops listening, and closes connections that nobody has taken. */
  close(): Promise<void>
}

export async function listen(address: Ip = LOOPBACK): Promise<Listener> {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
  })
  server.listen(0, address)
  const bound = await soon(() => {
    const now = server.address()
    return now === null || typeof now === 'string' ? undefined : now
  })
  return {
    endpoint: endpoint(address, port(bound.port)),
    accepted: () => soon(() => sockets.shift()),
    close: async () => {
      server.close()
      // What the kernel has accepted for us may not have been reported yet.
      await new Promise(setImmediate)
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A connected socket, paused, half-open allowed. */
export async function connected(to: Endpoint, from?: Ip): Promise<Socket> {
  const socket = dialing(to, from)
  await soon(() => !socket.connecting || undefined)
  return socket
}

export function dialing(to: Endpoint, from?: Ip): Socket {
  const socket = connect({
    host: to.address,
    port: to.port,
    allowHalfOpen: true,
    ...(from === undefined ? {} : { localAddress: from }),
  })
  socket.on('error', () => {})
  socket.pause()
  return socket
}

/** Reads everything a socket gets. */
export function peer(socket: Socket): Peer {
  const received: Buffer[] = []
  let fate: 'open' | 'end' | 'reset' = 'open'
  socket.on('data', (bytes: Buffer) => received.push(bytes))
  socket.on('end', () => {
    // Node may call a RST an end, see `copy.ts`.
    const isReset = !socket.writableEnded && hasLostPeer(socket)
    fate = isReset ? 'reset' : 'end'
    if (isReset) socket.destroy()
  })
  socket.on('close', (hadError) => {
    if (hadError || fate === 'open') fate = 'reset'
  })
  socket.on('error', () => (fate = 'reset'))
  socket.resume()
  return { socket, received, fate: () => fate }
}

export function text(one: Peer): string {
  return Buffer.concat(one.received).toString('latin1')
}

/**
 * Bytes of a connection over IPv4 that lie in the kernel: those that `socket` has not got rid of yet,
 * and those that the other end has not read yet. (A FIN counts as one that is unsent.)
 */
export async function queues(socket: Socket): Promise<{ unsent: number; unread: number }> {
  const { localPort, remotePort } = socket
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => {
    const [, local, remote, , bytes] = row.trim().split(/\s+/)
    const portOf = (end = ''): number => Number.parseInt(end.split(':')[1] ?? '', 16)
    const [sent, got] = (bytes ?? '').split(':').map((each) => Number.parseInt(each, 16))
    return { local: portOf(local), remote: portOf(remote), sent: sent ?? 0, got: got ?? 0 }
  })
  const own = rows.find(({ local, remote }) => local === localPort && remote === remotePort)
  const other = rows.find(({ local, remote }) => local === remotePort && remote === localPort)
  return { unsent: own?.sent ?? 0, unread: other?.got ?? 0 }
}

/** Resolves with the errno code when nobody listens there. */
export async function refusal(to: Endpoint, from?: Ip): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = dialing(to, from)
    socket.on('connect', () => {
      socket.destroy()
      reject(new Error('somebody listens there'))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

export async function freePort(address: Ip = LOOPBACK): Promise<Endpoint> {
  const listener = await listen(address)
  await listener.close()
  return listener.endpoint
}

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Nothing is left: no listener, leg, buffer, nor descriptor beyond those of `before`. */
export async function nothingLeft(world: Lab, before: number): Promise<void> {
  await soon(() => descriptors() <= before || undefined)
  expect(world.path.counts()).toEqual({ listeners: 0, connections: 0, buffers: 0 })
}
