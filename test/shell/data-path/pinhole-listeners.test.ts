import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { ip } from '../../../src/net/ip.ts'
import type { Port } from '../../../src/net/port.ts'
import {
  type ListenAnswer,
  PinholeListeners,
} from '../../../src/shell/data-path/pinhole-listeners.ts'
import { connected, descriptors, freePort, listen, LOOPBACK, refusal, soon } from './lab.ts'

let accepted: Socket[]
let listeners: PinholeListeners
let descriptorsBefore: number

beforeEach(() => {
  descriptorsBefore = descriptors()
  accepted = []
  listeners = new PinholeListeners((socket) => {
    socket.on('error', () => {})
    accepted.push(socket)
  })
})

afterEach(async () => {
  listeners.closeAll()
  for (const socket of accepted) socket.destroy()
  expect(listeners.size).toBe(0)
  await soon(() => descriptors() <= descriptorsBefore)
})

const id = (ordinal: number): ReturnType<typeof pinholeId> => pinholeId(sessionId('s'), ordinal)

/** Opens pinhole `ordinal` and collects every answer it gets. */
function open(ordinal: number, port: Port | undefined, address = LOOPBACK): ListenAnswer[] {
  const answers: ListenAnswer[] = []
  listeners.open({ id: id(ordinal), listen: { address, port } }, (answer) => answers.push(answer))
  expect(answers).toEqual([])
  return answers
}

async function answered(answers: ListenAnswer[]): Promise<ListenAnswer> {
  const answer = await soon(() => answers[0])
  expect(answers).toHaveLength(1)
  return answer
}

async function opened(ordinal: number, port?: Port): ReturnType<typeof freePort> {
  const answer = await answered(open(ordinal, port))
  if (answer.type === 'failed') throw new Error(answer.cause)
  return answer.listening
}

test('the operating system picks a port where none is given, one for each pinhole', async () => {
  const first = await opened(1)
  const second = await opened(2)
  expect(first.address).toBe(LOOPBACK)
  expect(first.port).not.toBe(second.port)
  expect(listeners.size).toBe(2)
})

test('pinholes share a listener, which lives as long as one of them', async () => {
  const shared = await freePort()
  await opened(1, shared.port)
  expect(await opened(2, shared.port)).toEqual(shared)
  expect(listeners.size).toBe(1)
  listeners.close(id(1))
  ;(await connected(shared)).destroy()
  listeners.close(id(2))
  expect(await refusal(shared)).toBe('ECONNREFUSED')
})

test('pinholes opened at the same time share a listener and are each answered once', async () => {
  const { port } = await freePort()
  const both = [open(1, port), open(2, port)]
  for (const answers of both) expect((await answered(answers)).type).toBe('listening')
  expect(listeners.size).toBe(1)
})

test('D7 D9 D11 nobody gets in once the pinhole is closed', async () => {
  const listening = await opened(1)
  listeners.close(id(1))
  expect(await refusal(listening)).toBe('ECONNREFUSED')
})

test('D9 a port can be opened again in the turn in which it was closed', async () => {
  const { port } = await freePort()
  for (let ordinal = 1; ordinal <= 50; ordinal++) {
    await opened(ordinal, port)
    listeners.close(id(ordinal))
  }
})

test('a port with connections that live on can be opened again', async () => {
  const first = await opened(1)
  const other = await connected(first)
  await soon(() => accepted[0])
  listeners.close(id(1))
  expect(await opened(2, first.port)).toEqual(first)
  other.destroy()
})

test('a pinhole closed before its listener is up is answered once and leaves nothing', async () => {
  const free = await freePort()
  const answers = open(1, free.port)
  listeners.close(id(1))
  expect(await answered(answers)).toEqual({ type: 'failed', cause: 'ECANCELED' })
  await soon(async () => (await refusal(free)) === 'ECONNREFUSED')
})

test('a pinhole opened while the closed one was coming up takes over its listener', async () => {
  const free = await freePort()
  const first = open(1, free.port)
  listeners.close(id(1))
  const second = open(2, free.port)
  expect((await answered(first)).type).toBe('failed')
  expect(await answered(second)).toEqual({ type: 'listening', listening: free })
})

test('a pinhole closed right after it joined a listener is answered once', async () => {
  const listening = await opened(1)
  const answers = open(2, listening.port)
  listeners.close(id(2))
  expect((await answered(answers)).type).toBe('failed')
})

test('a port in use is EADDRINUSE, and may be tried again', async () => {
  const other = await listen()
  expect(await answered(open(1, other.endpoint.port))).toEqual({
    type: 'failed',
    cause: 'EADDRINUSE',
  })
  expect(listeners.size).toBe(0)
  await other.close()
  expect(await opened(1, other.endpoint.port)).toEqual(other.endpoint)
})

test('an address that is not ours is EADDRNOTAVAIL', async () => {
  const answers = open(1, undefined, ip('192.0.2.1'))
  expect(await answered(answers)).toEqual({ type: 'failed', cause: 'EADDRNOTAVAIL' })
})

test('the same pinhole twice is EEXIST and leaves the first alone', async () => {
  const listening = await opened(1)
  expect(await answered(open(1, listening.port))).toEqual({ type: 'failed', cause: 'EEXIST' })
  ;(await connected(listening)).destroy()
})

test('D6 only the address asked for is listened on', async () => {
  const listening = await opened(1)
  const elsewhere = { address: ip('127.0.0.2'), port: listening.port }
  expect(await refusal(elsewhere)).toBe('ECONNREFUSED')
})

test('IPv6 and IPv4 listeners have the same port number without meeting', async () => {
  const four = await opened(1)
  const answer = await answered(open(2, four.port, ip('::1')))
  expect(answer).toEqual({
    type: 'listening',
    listening: { address: '::1', port: four.port },
  })
})

test('D3 a listener closed when it accepts refuses those who come after', async () => {
  const closing = new PinholeListeners((socket) => {
    socket.on('error', () => {})
    accepted.push(socket)
    closing.closeAll()
  })
  const answers: ListenAnswer[] = []
  closing.open({ id: id(1), listen: { address: LOOPBACK, port: undefined } }, (answer) =>
    answers.push(answer),
  )
  const answer = await answered(answers)
  if (answer.type === 'failed') throw new Error(answer.cause)
  ;(await connected(answer.listening)).destroy()
  await soon(() => accepted[0])
  expect(await refusal(answer.listening)).toBe('ECONNREFUSED')
  expect(accepted).toHaveLength(1)
})
