import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import type { HandedOver, Proxy } from '../../../src/shell/proxy.ts'
import { type Channel, PrimaryLink } from '../../../src/shell/workers/primary-link.ts'
import type { ToWorker } from '../../../src/shell/workers/protocol.ts'
import { RemoteRanges } from '../../../src/shell/workers/remote-ranges.ts'
import { Worker } from '../../../src/shell/workers/worker.ts'
import { readToEnd, socketPair } from '../../support/sockets.ts'
import { eventually } from '../packet-log/support.ts'

class FakeChannel extends EventEmitter implements Channel {
  readonly sent: unknown[] = []
  readonly connected = true

  send(message: object): void {
    this.sent.push(message)
  }
}

function worker() {
  const channel = new FakeChannel()
  const link = new PrimaryLink(channel)
  const said: string[] = []
  const accepted: (HandedOver & { readonly socket: Socket })[] = []
  const proxy: Proxy = {
    listeners: [],
    accept: (socket, _, handedOver) => accepted.push({ socket, ...handedOver }),
    ports: () => ({ ranges: [] }),
    replaceRules: () => undefined,
    drain: async () => void said.push('drain'),
    close: async () => void said.push('close'),
  }
  const ranges = new RemoteRanges((message) => link.send(message))
  const made = new Worker({
    link,
    proxy,
    ranges,
    reopenPacketLog: async () => {
      throw new Error('the folder is gone')
    },
    replaceRules: (sources) => void said.push(sources.map(({ text }) => text).join()),
  })
  return { channel, worker: made, said, accepted, ranges }
}

function client(isOneTooMany: boolean): ToWorker {
  const at = endpoint(ip('192.0.2.1'), port(2000))
  return { type: 'client', arrival: { listener: 'it', client: at, local: at }, isOneTooMany }
}

test('a client is one that the proxy accepts, and its end is told', async () => {
  const { channel, worker: made, accepted } = worker()
  const { accepted: socket, dialed } = await socketPair()
  made.take(client(false), socket)
  expect(accepted).toMatchObject([{ isOneTooMany: false, socket: { allowHalfOpen: true } }])
  accepted[0]?.onOver()
  await eventually(() => expect(channel.sent).toMatchObject([{ type: 'progress', over: 1 }]))
  socket.destroy()
  dialed.destroy()
})

test('one too many was not counted, and one that was lost on its way is over', async () => {
  const { channel, worker: made, accepted } = worker()
  const { accepted: socket, dialed } = await socketPair()
  made.take(client(true), socket)
  accepted[0]?.onOver()
  made.take(client(false), undefined)
  await eventually(() => expect(channel.sent).toMatchObject([{ type: 'progress', over: 1 }]))
  expect(accepted).toHaveLength(1)
  socket.destroy()
  dialed.destroy()
})

test('a data connection comes unread, whatever Node has begun with it', async () => {
  const { worker: made, ranges } = worker()
  const { accepted: socket, dialed } = await socketPair()
  const taken: Socket[] = []
  ranges.for((data) => taken.push(data))
  dialed.end('all of it')
  made.take({ type: 'data' }, socket)
  const [data] = taken
  if (data === undefined) throw new Error('nobody came')
  expect(data.isPaused()).toBe(true)
  expect(data.allowHalfOpen).toBe(true)
  expect(await readToEnd(data)).toBe('all of it')
  data.destroy()
})

test('questions are answered, in good and in bad', async () => {
  const { channel, worker: made, said } = worker()
  const sources = [{ name: 'r', text: 'version: 1' }]
  made.take({ type: 'question', id: 1, question: { about: 'progress' } }, undefined)
  made.take({ type: 'question', id: 2, question: { about: 'ports' } }, undefined)
  made.take({ type: 'question', id: 3, question: { about: 'rules', sources } }, undefined)
  made.take({ type: 'question', id: 4, question: { about: 'reopen' } }, undefined)
  await eventually(() => expect(channel.sent).toHaveLength(4))
  expect(channel.sent).toEqual([
    { type: 'answer', id: 1, value: true },
    { type: 'answer', id: 2, value: { ranges: [] } },
    { type: 'answer', id: 3, value: true },
    { type: 'refusal', id: 4, message: 'the folder is gone' },
  ])
  expect(said).toEqual(['version: 1'])
})

test.each([
  ['drain', 'drain'],
  ['stop', 'close'],
] as const)('%s', async (type, expected) => {
  const { worker: made, said } = worker()
  made.take({ type }, undefined)
  await made.ended
  expect(said).toEqual([expected])
})

test('without a primary it drains', async () => {
  const { channel, worker: made, said } = worker()
  channel.emit('disconnect')
  await made.ended
  expect(said).toEqual(['drain'])
})
