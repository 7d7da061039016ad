import { afterEach, expect, test } from 'vitest'
import type { CloseCause } from '../../src/engine/session/event.ts'
import { Leg } from '../../src/shell/leg.ts'
import { LingeringSockets } from '../../src/shell/lingering-sockets.ts'
import { eventually } from '../support/proxy-in-process.ts'
import { readToEnd, type SocketPair, socketPair } from '../support/sockets.ts'

interface Watched {
  readonly leg: Leg
  readonly peer: SocketPair['dialed']
  readonly received: string[]
  readonly closed: CloseCause[]
  readonly congested: boolean[]
}

const peers: SocketPair[] = []
afterEach(() => {
  for (const { accepted, dialed } of peers.splice(0)) {
    accepted.destroy()
    dialed.destroy()
  }
})

/** `heard` is called with each piece that is said. */
async function watch(heard: (leg: Leg) => void = () => undefined): Promise<Watched> {
  const pair = await socketPair()
  peers.push(pair)
  const received: string[] = []
  const closed: CloseCause[] = []
  const congested: boolean[] = []
  const leg: Leg = new Leg(pair.accepted, new LingeringSockets(8), {
    bytes: (bytes) => {
      received.push(Buffer.from(bytes).toString('latin1'))
      heard(leg)
    },
    closed: (cause) => closed.push(cause),
    congested: (isCongested) => congested.push(isCongested),
  })
  return { leg, peer: pair.dialed, received, closed, congested }
}

test('what is said last arrives, although the peer has sent more than was read', async () => {
  const { leg, peer } = await watch()
  leg.pause('engine')
  peer.write('x'.repeat(100_000))
  leg.send(Buffer.from('421 bye\r\n'))
  leg.close()
  expect(await readToEnd(peer)).toBe('421 bye\r\n')
})

test('after close nothing is reported any more', async () => {
  const { leg, peer, received, closed } = await watch()
  leg.close()
  peer.end('late')
  await new Promise((resolve) => peer.once('close', resolve))
  expect(received).toEqual([])
  expect(closed).toEqual([])
})

test('a leg is read again only when nobody wants it paused', async () => {
  const { leg, peer, received } = await watch()
  leg.pause('engine')
  leg.pause('congestion')
  peer.write('a')
  leg.resume('engine')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(received).toEqual([])
  leg.resume('congestion')
  await eventually(() => received.length === 1, 'bytes arrive')
})

test('the end and a reset of the peer are told apart, each once', async () => {
  const ended = await watch()
  ended.peer.end()
  await eventually(() => ended.closed.length > 0, 'end')
  expect(ended.closed).toEqual(['end'])
  const reset = await watch()
  reset.peer.resetAndDestroy()
  await eventually(() => reset.closed.length > 0, 'reset')
  expect(reset.closed).toEqual(['reset'])
})

test('R7 a peer that does not read is reported as congested, and as free when it reads', async () => {
  const { leg, peer, congested } = await watch()
  peer.pause()
  const line = Buffer.alloc(64 * 1024, 'x')
  for (let lines = 0; lines < 400 && congested.length === 0; lines++) {
    leg.send(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(congested).toEqual([true])
  peer.resume()
  await eventually(() => congested.length === 2, 'drained')
  expect(congested).toEqual([true, false])
})

test('R7 who does not read what is said to it is not heard either', async () => {
  const { leg, peer, congested, received } = await watch()
  peer.pause()
  const line = Buffer.alloc(64 * 1024, 'x')
  for (let lines = 0; lines < 400 && congested.length === 0; lines++) {
    leg.send(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
  peer.write('NOOP\r\n')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(received).toEqual([])
  peer.resume()
  await eventually(() => received.length === 1, 'heard')
})

test('R23 of a flood a slice is heard at a time, in order and to the end', async () => {
  const { peer, received, closed } = await watch()
  const text = Array.from({ length: 20_000 }, (_, line) => `${line}\r\n`).join('')
  let turns = 0
  const count = setInterval(() => {
    turns += 1
  }, 0)
  peer.end(text)
  await eventually(() => closed.length > 0, 'end')
  clearInterval(count)
  expect(received.join('')).toBe(text)
  expect(Math.max(...received.map((slice) => slice.length))).toBe(1024)
  expect(turns).toBeGreaterThan(0)
})

test('R23 who is paused in the middle of a flood is not heard until it may go on', async () => {
  const { leg, peer, received } = await watch((heard) => heard.pause('engine'))
  peer.write('x'.repeat(10_000))
  await eventually(() => received.length === 1, 'the first slice')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(received).toHaveLength(1)
  while (received.join('').length < 10_000) {
    const before = received.length
    leg.resume('engine')
    await eventually(() => received.length > before, 'the next')
    expect(received).toHaveLength(before + 1)
  }
})

test('R19 who is slowed down is heard later', async () => {
  const { leg, peer, received, closed } = await watch()
  leg.slowDown(30)
  leg.slowDown(60_000)
  peer.write('late')
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(received).toEqual([])
  await eventually(() => received.length === 1, 'heard')
  leg.slowDown(60_000)
  leg.close()
  peer.end()
  await new Promise((resolve) => peer.once('close', resolve))
  expect(closed).toEqual([])
})

test('what was read and not yet heard when it closes is dropped', async () => {
  const { peer, received } = await watch((heard) => heard.close())
  peer.end('x'.repeat(10_000))
  await new Promise((resolve) => peer.once('close', resolve))
  expect(received).toHaveLength(1)
})
