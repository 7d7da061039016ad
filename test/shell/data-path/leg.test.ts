import { createServer, type OnReadOpts, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { adoptLeg, hasLostPeer, resetLeg } from '../../../src/shell/data-path/leg.ts'
import { localEnd, peerEnd } from '../../../src/shell/socket-end.ts'
import { connected, descriptors, listen, peer, soon, text } from './lab.ts'

const open: Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

/** A held socket and the peer that connected to it. */
async function pair(): Promise<{ held: Socket; other: Socket }> {
  const listener = await listen()
  const other = await connected(listener.endpoint)
  const socket = await listener.accepted()
  await listener.close()
  open.push(other, socket)
  return { held: socket, other }
}

function collect(): { onread: OnReadOpts; text: () => string } {
  const buffer = Buffer.alloc(16)
  let seen = ''
  return {
    onread: {
      buffer,
      callback: (bytes) => {
        seen += buffer.toString('latin1', 0, bytes)
        return true
      },
    },
    text: () => seen,
  }
}

test('both ends of a connected socket have endpoints', async () => {
  const { held, other } = await pair()
  expect(localEnd(held)).toEqual(peerEnd(other))
  expect(peerEnd(held)).toEqual(localEnd(other))
  expect(localEnd(held)?.address).toBe('127.0.0.1')
})

test('an IPv4 peer of a dual-stack socket has its IPv4 address', async () => {
  const server = createServer().listen(0, '::')
  const address = await soon(() => server.address() ?? undefined)
  if (typeof address === 'string') throw new Error('not TCP')
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const other = await connected({ address: ip('127.0.0.1'), port: port(address.port) })
  const socket = await accepted
  open.push(other, socket)
  server.close()
  expect(socket.remoteAddress).toBe('::ffff:127.0.0.1')
  expect(peerEnd(socket)?.address).toBe('127.0.0.1')
})

test('a RST shows on a socket that nobody reads; a FIN does not', async () => {
  const { held, other } = await pair()
  expect(hasLostPeer(held)).toBe(false)
  other.end('bye')
  await soon(() => other.writableFinished)
  expect(hasLostPeer(held)).toBe(false)
  other.resetAndDestroy()
  await soon(() => hasLostPeer(held))
})

test('an adopted leg reads what was sent before, then the FIN, and can still write', async () => {
  const { held, other } = await pair()
  other.end('sent while nobody read')
  await soon(() => other.writableFinished)
  const bytes = collect()
  const leg = adoptLeg(held, bytes.onread)
  open.push(leg)
  let hasEnded = false
  leg.on('end', () => (hasEnded = true))
  leg.resume()
  await soon(() => hasEnded)
  expect(bytes.text()).toBe('sent while nobody read')
  const reader = peer(other)
  leg.end('answer')
  await soon(() => reader.fate() === 'end')
  expect(text(reader)).toBe('answer')
  await soon(() => leg.destroyed)
})

test('an adopted leg reads nothing before it is resumed', async () => {
  const { held, other } = await pair()
  other.write('early')
  const bytes = collect()
  const leg = adoptLeg(held, bytes.onread)
  open.push(leg)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(bytes.text()).toBe('')
  leg.resume()
  await soon(() => bytes.text() === 'early')
})

test('adopting leaves the server that accepted the socket without connections', async () => {
  let accepted: Socket | undefined
  const server = createServer({ pauseOnConnect: true }, (socket) => (accepted = socket))
  server.listen(0, '127.0.0.1')
  const address = await soon(() => server.address() ?? undefined)
  if (typeof address === 'string') throw new Error('not TCP')
  open.push(await connected({ address: ip('127.0.0.1'), port: port(address.port) }))
  const leg = adoptLeg(await soon(() => accepted), collect().onread)
  open.push(leg)
  // `close` waits for all connections the server knows of.
  await new Promise((resolve) => server.close(resolve))
  expect(leg.destroyed).toBe(false)
})

test('a reset is a RST for the peer, held or adopted', async () => {
  for (const isAdopted of [false, true]) {
    const { held, other } = await pair()
    const reader = peer(other)
    const leg = isAdopted ? adoptLeg(held, collect().onread) : held
    resetLeg(leg)
    resetLeg(leg)
    await soon(() => reader.fate() === 'reset')
  }
})

test('R24 a reset while the FIN is being sent neither fails nor leaks the descriptor', async () => {
  const before = descriptors()
  const { held, other } = await pair()
  other.resume()
  const leg = adoptLeg(held, collect().onread)
  const errors: Error[] = []
  leg.on('error', (error) => errors.push(error))
  leg.resume()
  leg.end()
  resetLeg(leg)
  await soon(() => leg.destroyed)
  other.destroy()
  await soon(() => descriptors() <= before)
  expect(errors).toEqual([])
})
