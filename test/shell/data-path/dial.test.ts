import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { duration } from '../../../src/net/instant.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { port, type Port } from '../../../src/net/port.ts'
import { type Dial, type DialAnswer, dialLeg } from '../../../src/shell/data-path/dial.ts'
import { descriptors, freePort, listen, LOOPBACK, soon } from './lab.ts'
import { unresponsive } from './unresponsive.ts'

let answers: DialAnswer[]
let descriptorsBefore: number

beforeEach(() => {
  answers = []
  descriptorsBefore = descriptors()
})

afterEach(async () => {
  for (const answer of answers) if (answer.type === 'connected') answer.socket.destroy()
  await soon(() => descriptors() <= descriptorsBefore)
})

function dial(to: Endpoint, from: { address: Ip; port: Port | undefined }, timeoutMs = 5000): Dial {
  const dialling = dialLeg({ dial: to, from }, duration(timeoutMs), (answer) =>
    answers.push(answer),
  )
  expect(answers).toEqual([])
  return dialling
}

async function connection(): Promise<Socket> {
  const answer = await soon(() => answers[0])
  if (answer.type === 'failed') throw new Error(answer.cause)
  return answer.socket
}

async function failure(): Promise<string> {
  const answer = await soon(() => answers[0])
  if (answer.type === 'connected') throw new Error('connected')
  return answer.cause
}

test('the leg leaves from the address and the port that were given', async () => {
  const server = await listen()
  const to = server.endpoint
  const from = await freePort(ip('127.0.0.2'))
  dial(to, from)
  const socket = await connection()
  expect(socket.localAddress).toBe('127.0.0.2')
  expect(socket.localPort).toBe(from.port)
  expect(socket.isPaused()).toBe(true)
  await server.close()
})

test('R12 a source port in use falls back on any port of the address', async () => {
  const server = await listen()
  const to = server.endpoint
  const other = await listen(ip('127.0.0.2'))
  dial(to, other.endpoint)
  const socket = await connection()
  expect(socket.localAddress).toBe('127.0.0.2')
  expect(socket.localPort).not.toBe(other.endpoint.port)
  await server.close()
  await other.close()
})

test('R12 the same source port to the same peer twice at a time falls back', async () => {
  const server = await listen()
  const to = server.endpoint
  const from = await freePort(ip('127.0.0.2'))
  dial(to, from)
  dial(to, from)
  await soon(() => answers.length === 2)
  const ports = answers.map((answer) =>
    answer.type === 'connected' ? answer.socket.localPort : answer.cause,
  )
  expect(ports).toContain(from.port)
  expect(new Set(ports).size).toBe(2)
  await server.close()
})

test('R12 source port 20 is used where it may be, and otherwise another', async () => {
  const server = await listen()
  const to = server.endpoint
  dial(to, { address: LOOPBACK, port: port(20) })
  const socket = await connection()
  expect(socket.localPort).toBeGreaterThan(0)
  await server.close()
})

test('nobody listening is ECONNREFUSED, with and without a source port', async () => {
  const to = await freePort()
  dial(to, { address: LOOPBACK, port: undefined })
  expect(await failure()).toBe('ECONNREFUSED')
  answers = []
  dial(to, await freePort())
  expect(await failure()).toBe('ECONNREFUSED')
  expect(answers).toHaveLength(1)
})

test('an address that is not ours is EADDRNOTAVAIL, after the fall-back too', async () => {
  const to = await freePort()
  dial(to, { address: ip('192.0.2.1'), port: port(2020) })
  expect(await failure()).toBe('EADDRNOTAVAIL')
})

test('a source of the other family fails and does not throw', async () => {
  const to = await freePort()
  dial(to, { address: ip('::1'), port: undefined })
  expect(await failure()).toBe('EINVAL')
})

test('R13 a peer that never answers is ETIMEDOUT', async () => {
  const { to, stop } = await unresponsive()
  dial(to, { address: LOOPBACK, port: undefined }, 50)
  expect(await failure()).toBe('ETIMEDOUT')
  await stop()
})

test('D13 an aborted dial leaves no socket and gets no answer', async () => {
  const { to, stop } = await unresponsive()
  const inUse = descriptors()
  const dialling = dial(to, { address: LOOPBACK, port: undefined }, 50)
  await soon(() => descriptors() === inUse + 1)
  dialling.abort()
  expect(descriptors()).toBe(inUse)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(answers).toEqual([])
  await stop()
})

test('aborting what was answered leaves the socket alone', async () => {
  const server = await listen()
  const to = server.endpoint
  const dialling = dial(to, { address: LOOPBACK, port: undefined })
  const socket = await connection()
  dialling.abort()
  expect(socket.destroyed).toBe(false)
  await server.close()
})
