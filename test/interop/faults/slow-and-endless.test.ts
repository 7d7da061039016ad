/** Peers that say too much, or nothing, or never read: each costs little, and nobody else anything. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { eventually } from '../../support/proxy-in-process.ts'
import { useLaboratory } from './laboratory.ts'
import { LinePeer, serveLines, startScriptedServer } from './line-peer.ts'

/** A server that is asked how to misbehave. */
const laboratory = useLaboratory({
  rules: `timeouts: { line: 1s, login: 2s, pinhole: 2s, data-connect: 2s }
limits: { sessions-per-client: 20 }`,
  server: () =>
    startScriptedServer((peer) =>
      serveLines(peer, async (line) => {
        if (line === 'STAT endless') return pourLines(peer)
        if (line === 'STAT flood') return pour(peer, '200 nobody asked\r\n')
        if (line === 'STAT long') return pourLine(peer)
        if (line === 'STAT drip') return drip(peer)
        if (line === 'EPSV') return peer.say('229 Entering (|||40404|)')
        if (line === 'HELP') return peer.say(HELP)
        peer.say('200 fine')
      }),
    ),
})

const HELP = `214-help\r\n${' line\r\n'.repeat(500)}214 end`
const FLOOD_BYTES = 256 * 2 ** 20

/** Writes as much as is taken, up to a bound, until it is cut off. */
async function pour(peer: LinePeer, text: string): Promise<void> {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)), 'latin1')
  let written = 0
  for (; written < FLOOD_BYTES && !peer.socket.destroyed; written += chunk.length)
    if (!peer.socket.write(chunk))
      await Promise.race([once(peer.socket, 'drain'), once(peer.socket, 'close')])
}

async function pourLines(peer: LinePeer): Promise<void> {
  peer.say('211-status')
  await pour(peer, ' and on and on\r\n')
}

async function pourLine(peer: LinePeer): Promise<void> {
  peer.socket.write('200 ')
  await pour(peer, 'x')
}

async function drip(peer: LinePeer): Promise<void> {
  for (let bytes = 0; bytes < 200 && !peer.socket.destroyed; bytes++) {
    peer.socket.write('2')
    await sleep(50)
  }
}

async function loggedIn(from?: string): Promise<LinePeer> {
  const client = await LinePeer.connect(laboratory().listen, from)
  await client.login()
  return client
}

describe('a server that', () => {
  test.each([
    ['R5 begins a reply and never ends it', 'endless', 'reply.unterminated'],
    ['R4 sends a line that has no end', 'long', 'reply.too-long'],
    ['Q6 floods replies that nobody asked for', 'flood', 'reply.unsolicited'],
    ['R6 drips a line', 'drip', 'timeout.line'],
  ])('%s is cut off', async (_, how, reason) => {
    const client = await loggedIn()
    client.say(`STAT ${how}`)
    await client.ended()
    client.close()
    await eventually(() => laboratory().reasons().includes(reason), `on record: ${reason}`)
  })

  test('R5 never ends a reply to a client that does not read is cut off as well', async () => {
    const client = await loggedIn()
    client.socket.pause()
    client.say('STAT endless')
    await eventually(
      () =>
        laboratory()
          .reasons()
          .filter((reason) => reason === 'reply.unterminated').length > 1,
      'cut off',
    )
    client.close()
  })
})

describe('a client that', () => {
  test.each([
    ['commands the server answers', 'NOOP\r\n'],
    ['commands that are answered in its place', 'PORT 1,2,3\r\n'],
    ['commands with replies of many lines', 'HELP\r\n'],
  ])('R7 pipelines without end and never reads: %s', async (_, commands) => {
    const client = await loggedIn()
    client.socket.pause()
    const pouring = pour(client, commands)
    await Promise.race([pouring, sleep(1_500)])
    client.reset()
    await pouring
  })

  test('R3 sends a line that has no end is cut off', async () => {
    const client = await loggedIn()
    await pour(client, 'x')
    await client.ended()
    client.close()
    expect(laboratory().reasons()).toContain('cmd.too-long')
  })

  test('R6 drips a line has the time of a line, however steadily it drips', async () => {
    const client = await loggedIn()
    const dripping = drip(client)
    await client.ended()
    client.close()
    await dripping
    expect(laboratory().reasons()).toContain('timeout.line')
  })

  test('R6 says nothing has the time of a login', async () => {
    const clients = await Promise.all(
      Array.from({ length: 15 }, () => LinePeer.connect(laboratory().listen)),
    )
    for (const client of clients) await client.ended()
    for (const client of clients) client.close()
    expect(laboratory().reasons()).toContain('timeout.login')
  })

  test('R10 announces data connections and makes none', async () => {
    const client = await loggedIn()
    for (let announced = 0; announced < 500; announced++) client.say('EPSV')
    await client.ended()
    client.close()
    expect(laboratory().reasons()).toContain('limit.wasted-pinholes')
  })

  test('R25 closes one half and goes on reading', async () => {
    const client = await loggedIn()
    client.socket.end()
    await client.ended()
    client.close()
  })
})

test('R1 one client has its share, however often it tries; another is served', async () => {
  const greedy = await Promise.all(
    Array.from({ length: 200 }, () => LinePeer.connect(laboratory().listen, '127.0.0.3')),
  )
  const firstLines = await Promise.all(greedy.map((client) => client.line()))
  expect(firstLines.filter((line) => line?.startsWith('220 ') === true)).toHaveLength(20)
  expect(firstLines.filter((line) => line?.startsWith('421 ') === true)).toHaveLength(180)
  const other = await loggedIn('127.0.0.4')
  await other.ask('NOOP', 200)
  for (const client of [...greedy, other]) client.close()
})

test('R24 thousands of clients that connect and leave', async () => {
  const { address: host, port } = laboratory().listen
  for (let round = 0; round < 60; round++) {
    const sockets = Array.from({ length: 50 }, () => connect({ host, port }))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const [index, socket] of sockets.entries())
      if (index % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
  }
  const client = await loggedIn('127.0.0.5')
  await client.ask('QUIT', 221)
  client.close()
})
