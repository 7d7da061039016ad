import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Channel, PrimaryLink } from '../../../src/shell/workers/primary-link.ts'
import { eventually } from '../packet-log/support.ts'

class FakeChannel extends EventEmitter implements Channel {
  readonly sent: unknown[] = []
  connected = true

  send(message: object): void {
    this.sent.push(message)
  }

  disconnect(): void {
    this.connected = false
    this.emit('disconnect')
  }
}

function link() {
  const channel = new FakeChannel()
  const heard: string[] = []
  const made = new PrimaryLink(channel)
  made.listen(({ type }) => heard.push(type))
  return { channel, heard, link: made }
}

const CLIENT = {
  type: 'client',
  listener: 'it',
  client: '192.0.2.1:1',
  local: '192.0.2.2:21',
  isOneTooMany: false,
}

test('sessions that end at about the same time are told together, and sockets that came with them', async () => {
  const { channel, heard, link: made } = link()
  channel.emit('message', CLIENT, undefined)
  channel.emit('message', { type: 'data' }, undefined)
  made.sessionOver()
  made.sessionOver()
  expect(channel.sent).toEqual([])
  await eventually(() => expect(channel.sent).toEqual([{ type: 'progress', received: 2, over: 2 }]))
  expect(heard).toEqual(['client', 'data'])
})

test('sockets are told of even when nothing ends, and once', async () => {
  const { channel } = link()
  channel.emit('message', { type: 'data' }, undefined)
  await eventually(() => expect(channel.sent).toEqual([{ type: 'progress', received: 1, over: 0 }]))
  await sleep(60)
  expect(channel.sent).toHaveLength(1)
})

test('nonsense is a mistake, and is met as one', () => {
  const { channel } = link()
  expect(() => channel.emit('message', { type: 'clients' })).toThrow('the primary speaks nonsense')
})

test('without a primary nothing is said', async () => {
  const { channel, link: made } = link()
  channel.disconnect()
  await made.lost
  made.send({ type: 'ready' })
  made.sessionOver()
  made.close()
  expect(channel.sent).toEqual([])
})

test('the last thing said is what was counted', () => {
  const { channel, link: made } = link()
  made.sessionOver()
  made.close()
  expect(channel.sent).toEqual([{ type: 'progress', received: 0, over: 1 }])
  expect(channel.connected).toBe(false)
})
