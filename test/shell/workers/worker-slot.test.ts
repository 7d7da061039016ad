import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { duration } from '../../../src/net/instant.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import type { Start, ToWorker } from '../../../src/shell/workers/protocol.ts'
import { WorkerSlot } from '../../../src/shell/workers/worker-slot.ts'
import { socketPair } from '../../support/sockets.ts'
import { eventually } from '../packet-log/support.ts'
import { fakeFork } from './fake-process.ts'

const START: Start = {
  worker: 1,
  workers: 2,
  sources: [],
  rules: 'rules.yaml',
  packetLog: 'log.jsonl',
  capture: undefined,
  logLevel: 'silent',
}

function client(isOneTooMany: boolean = false): ToWorker {
  const at = (address: string) => endpoint(ip(address), port(2000))
  return {
    type: 'client',
    arrival: { listener: 'it', client: at('192.0.2.1'), local: at('192.0.2.2') },
    isOneTooMany,
  }
}

function slotWith(options: { isSilent?: boolean } = {}) {
  const { fork, processes } = fakeFork(options)
  const gone: string[] = []
  const slot = new WorkerSlot({
    worker: 1,
    fork,
    start: () => START,
    logger: pino({ level: 'silent' }),
    onRange: ({ type }) => gone.push(type),
    onGone: () => gone.push('gone'),
  })
  onTestFinished(async () => {
    const ended = slot.end('stop', duration(0))
    for (const process of processes) process.ends()
    await ended
  })
  return { slot, processes, gone }
}

async function socket() {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => {
    accepted.destroy()
    dialed.destroy()
  })
  let isClosed = false
  dialed
    .on('error', () => undefined)
    .on('close', () => {
      isClosed = true
    })
  dialed.resume()
  return { accepted, isClosed: () => isClosed }
}

test('it is told how to start when it listens, and gets clients when it is ready', async () => {
  const { slot, processes } = slotWith({ isSilent: true })
  const begun = slot.begin()
  const waiting = await socket()
  slot.hand(client(), waiting.accepted)
  const [process] = processes
  expect(process?.types()).toEqual([])
  process?.says({ type: 'hello' })
  expect(process?.told.at(0)?.message).toMatchObject({ type: 'start', worker: 1, workers: 2 })
  expect(process?.types()).toEqual(['start'])
  process?.says({ type: 'ready' })
  await begun
  expect(process?.types()).toEqual(['start', 'client'])
  expect(process?.told.at(-1)?.socket).toBe(waiting.accepted)
})

test('a socket stays open here until the worker has it, and counts until its session is over', async () => {
  const { slot, processes } = slotWith()
  await slot.begin()
  const [one, other, marked] = [await socket(), await socket(), await socket()]
  slot.hand(client(), one.accepted)
  slot.hand(client(), other.accepted)
  slot.hand(client(true), marked.accepted)
  expect(slot.sessions).toBe(2)
  expect(one.accepted.destroyed).toBe(false)
  processes[0]?.says({ type: 'progress', received: 1, over: 0 })
  expect([one, other, marked].map(({ accepted }) => accepted.destroyed)).toEqual([
    true,
    false,
    false,
  ])
  processes[0]?.says({ type: 'progress', received: 2, over: 1 })
  expect(marked.accepted.destroyed).toBe(true)
  expect(slot.sessions).toBe(1)
})

test('what it had dies with it; who was not given yet waits for the next', async () => {
  const { slot, processes, gone } = slotWith()
  await slot.begin()
  const [begun, sent, later] = [await socket(), await socket(), await socket()]
  slot.hand(client(), begun.accepted)
  processes[0]?.says({ type: 'progress', received: 1, over: 0 })
  slot.hand(client(), sent.accepted)
  const asked = slot.ask({ about: 'ports' })
  processes[0]?.ends('SIGSEGV')
  await expect(asked).rejects.toThrow(/worker 1 does not answer/)
  expect(gone).toEqual(['gone'])
  await eventually(() => expect(sent.isClosed()).toBe(true))
  slot.hand(client(), later.accepted)
  expect(slot.sessions).toBe(1)
  expect(await slot.ask({ about: 'ports' })).toBeUndefined()
  await eventually(() => expect(processes[1]?.types()).toEqual(['start', 'client']))
  expect(processes[1]?.told.at(-1)?.socket).toBe(later.accepted)
})

test('who comes while it dies waits as well', async () => {
  const { slot, processes } = slotWith()
  await slot.begin()
  const [process] = processes
  if (process !== undefined) process.isConnected = false
  const { accepted } = await socket()
  slot.hand(client(), accepted)
  process?.ends('SIGKILL')
  await eventually(() => expect(processes[1]?.types()).toEqual(['start', 'client']))
  expect(accepted.destroyed).toBe(false)
})

test('questions have their own answers', async () => {
  const { slot, processes } = slotWith()
  await slot.begin()
  const [one, other] = [slot.ask({ about: 'ports' }), slot.ask({ about: 'reopen' })]
  const [, first, second] = processes[0]?.told ?? []
  processes[0]?.says({ type: 'refusal', id: second?.message['id'], message: 'the disk is full' })
  processes[0]?.says({ type: 'answer', id: first?.message['id'], value: { ranges: [] } })
  processes[0]?.says({ type: 'answer', id: 99, value: 'to nobody' })
  expect(await one).toEqual({ ranges: [] })
  await expect(other).rejects.toThrow('the disk is full')
})

test('the first process that cannot start keeps everything from starting', async () => {
  const failing = slotWith({ isSilent: true })
  const begun = failing.slot.begin()
  failing.processes[0]?.says({ type: 'failed', message: 'the log is a folder' })
  await expect(begun).rejects.toThrow('the log is a folder')
  const dying = slotWith({ isSilent: true })
  const dead = dying.slot.begin()
  dying.processes[0]?.ends('exit code 70')
  await expect(dead).rejects.toThrow('worker 1 ended before it was ready (exit code 70)')
})

test('nonsense is the end of its process', async () => {
  const { slot, processes } = slotWith()
  await slot.begin()
  processes[0]?.says({ type: 'progress', received: -1, over: 0 })
  expect(processes[0]?.isKilled).toBe(true)
  await eventually(() => expect(processes).toHaveLength(2))
})

test('more than a worker takes in are turned away', async () => {
  const { slot } = slotWith({ isSilent: true })
  void slot.begin()
  const { accepted } = await socket()
  accepted.setMaxListeners(0)
  for (let count = 0; count < 1_024; count++) slot.hand(client(), accepted)
  const refused = await socket()
  slot.hand(client(), refused.accepted)
  await eventually(() => expect(refused.isClosed()).toBe(true))
  expect(slot.sessions).toBe(1_024)
})

test('it ends by itself, or is killed when it does not; nothing follows', async () => {
  const { slot, processes } = slotWith()
  await slot.begin()
  const drained = slot.end('drain', duration(60_000))
  const late = await socket()
  slot.hand(client(), late.accepted)
  await eventually(() => expect(late.isClosed()).toBe(true))
  expect(processes[0]?.types()).toEqual(['start', 'drain'])
  const stopped = slot.end('stop', duration(1))
  await stopped
  await drained
  expect(processes[0]?.types()).toEqual(['start', 'drain', 'stop'])
  expect(processes[0]?.isKilled).toBe(true)
  expect(processes).toHaveLength(1)
})

test('one that does not even listen yet is ended at once', async () => {
  const { slot, processes } = slotWith({ isSilent: true })
  const begun = slot.begin().catch((error: unknown) => String(error))
  await slot.end('drain', duration(60_000))
  expect(processes[0]?.isKilled).toBe(true)
  void begun
})
