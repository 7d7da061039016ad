/** Hostile-peer cases R and K of many sessions: what they hold is given back, whatever they did. */
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { at, HOSTS } from '../support/conversation.ts'
import { eventually, type RunningFront, startFront } from '../support/proxy-in-process.ts'
import { ports } from '../support/rules.ts'
import { ownLoopback, SocketPeers } from '../support/transcript/socket-peers.ts'
import { World } from '../support/world.ts'

const NOTHING = { sessions: 0, clients: 0, pinholes: 0, leases: 0 }
const PASSIVE = '227 x (10,0,0,20,156,64)\r\n'
const PEERS = { C: ownLoopback(110), S: ownLoopback(120), X: ownLoopback(199) } as const

function ruleset(sessions: number): Ruleset {
  const door = { listen: at('0.0.0.0:21'), server: at(`${HOSTS.S}:21`) }
  const base = frontDoor({ ...door, passivePorts: ports('50000-50099') })
  return { ...base, limits: { ...base.limits, sessions, sessionsPerClient: sessions } }
}

/** Real peers and a real proxy, logged in and with one pinhole open for the client. */
async function withPinhole(): Promise<{ peers: SocketPeers; front: RunningFront; place: string }> {
  const peers = await SocketPeers.start(PEERS)
  onTestFinished(() => peers.close())
  const server = endpoint(ip(PEERS.S), port(peers.serverPort))
  const front = await startFront(server, { host: ownLoopback(101) })
  onTestFinished(() => front.proxy.close())
  await peers.connectTo(front.endpoint)
  await dialogue(peers, [
    ['server', '220 x\r\n'],
    ['client', 'USER u\r\n'],
    ['server', '230 in\r\n'],
    ['client', 'PASV\r\n'],
  ])
  peers.write('server', Buffer.from(`227 x (${PEERS.S.replaceAll('.', ',')},156,64)\r\n`))
  await eventually(() => front.log.types().includes('pinhole.open'), 'the pinhole')
  const opened = front.log.records.find((record) => record.type === 'pinhole.open')
  return { peers, front, place: opened?.listening ?? '' }
}

async function dialogue(
  peers: SocketPeers,
  turns: readonly (readonly ['client' | 'server', string])[],
): Promise<void> {
  for (const [side, text] of turns) {
    peers.write(side, Buffer.from(text))
    const other = side === 'client' ? 'server' : 'client'
    await eventually(() => peers.received(other).endsWith(text), text)
  }
}

test('R14 four hundred connections at once from elsewhere do not keep the client out', async () => {
  const { peers, front, place } = await withPinhole()
  const { address, port: number } = at(place)
  const strangers: Socket[] = []
  onTestFinished(() => strangers.forEach((socket) => void socket.destroy()))
  for (let count = 0; count < 400; count++) {
    const socket = connect({ host: address, port: number, localAddress: PEERS.X })
    strangers.push(socket.on('error', () => undefined).resume())
  }
  await peers.connectData('C', place)
  await dialogue(peers, [
    ['client', 'RETR f\r\n'],
    ['server', '150 go\r\n'],
  ])
  await peers.transfer('S', 'content')
  expect(front.log.reasons()).toContain('data.foreign-peer')
})

test('R16 two thousand sessions that did everything leave nothing behind', () => {
  const world = new World(ruleset(10))
  for (let count = 0; count < 2_000; count++) {
    const client = `198.51.${100 + (count % 3)}.${1 + (count % 250)}`
    const session = world.connect(`${client}:40000`)
    world.login(session)
    world.write(session, 'client', 'PASV\r\n')
    world.write(session, 'server', PASSIVE)
    const cause = count % 2 === 0 ? 'end' : 'reset'
    world.handle({ type: 'sideClosed', session, side: 'client', cause })
    expect(world.gateway.nextDeadline(session)).toBeUndefined()
    world.effects.length = 0
  }
  expect(world.gateway.counts).toEqual(NOTHING)
})

test('R17 five thousand addresses that come and go are not remembered', () => {
  const world = new World(ruleset(10))
  for (let count = 0; count < 5_000; count++) {
    const session = world.connect(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}:40000`)
    expect(world.gateway.counts.clients).toBeLessThanOrEqual(10)
    world.handle({ type: 'sideClosed', session, side: 'client', cause: 'reset' })
    world.effects.length = 0
  }
  expect(world.gateway.counts).toEqual(NOTHING)
})

test('K12 rules that are replaced at every step disturb no session', async () => {
  const { peers, front, place } = await withPinhole()
  const [listener] = front.proxy.listeners
  const server = endpoint(ip(PEERS.S), port(peers.serverPort))
  const replace = (): void => {
    const listen = listener?.endpoint ?? front.endpoint
    for (let count = 0; count < 50; count++)
      front.proxy.replaceRules(createEvaluator(frontDoor({ listen, server })))
  }
  replace()
  await peers.connectData('C', place)
  replace()
  await dialogue(peers, [['client', 'RETR f\r\n']])
  replace()
  await dialogue(peers, [['server', '150 go\r\n']])
  await peers.transfer('S', 'content')
  replace()
  await dialogue(peers, [
    ['server', '226 done\r\n'],
    ['client', 'NOOP\r\n'],
  ])
  expect(front.log.reasons()).toEqual(['used'])
})
