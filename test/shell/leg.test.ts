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

async function watch(): Promise<Watched> {
  const pair = await socketPair()
  peers.push(pair)
  const received: string[] = []
  const closed: CloseCause[] = []
  const congested: boolean[] = []
  const leg = new Leg(pair.accepted, new LingeringSockets(8), {
    bytes: (bytes) => received.push(Buffer.from(bytes).toString('latin1')),
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
