import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { duration } from '../../../src/net/instant.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { chooseWorker } from '../../../src/shell/workers/choose-worker.ts'
import { WorkerPool } from '../../../src/shell/workers/worker-pool.ts'
import { socketPair } from '../../support/sockets.ts'
import { eventually } from '../packet-log/support.ts'
import { type FakeProcess, fakeFork } from './fake-process.ts'

async function pool(sessionsMax: number) {
  const { fork, processes } = fakeFork()
  const made = new WorkerPool({
    workers: 2,
    sessionsMax,
    fork,
    start: (worker) => ({
      worker,
      workers: 2,
      sources: [],
      rules: '',
      packetLog: 'log',
      capture: undefined,
      logLevel: 'silent',
    }),
    logger: pino({ level: 'silent' }),
  })
  onTestFinished(async () => {
    const ended = made.end('stop', duration(0))
    for (const process of processes) process.ends()
    await ended
  })
  await made.begin()
  const connect = async (client: Ip): Promise<void> => {
    const { accepted, dialed } = await socketPair()
    dialed.on('error', () => undefined)
    onTestFinished(() => {
      accepted.destroy()
      dialed.destroy()
    })
    made.accept(accepted, {
      listener: 'it',
      client: endpoint(client, port(2000)),
      local: endpoint(ip('192.0.2.2'), port(21)),
    })
  }
  return { made, processes, connect }
}

const clients = Array.from({ length: 40 }, (_, index) => ip(`192.0.2.${index + 1}`))
const [ONE = ip('::1'), OTHER = ip('::2')] = [1, 2].map((worker) =>
  clients.find((client) => chooseWorker(client, 2) === worker),
)

function clientsOf(process: FakeProcess | undefined): readonly Readonly<Record<string, unknown>>[] {
  return (process?.told ?? []).map(({ message }) => message).filter(({ type }) => type === 'client')
}

/** Answers every question of a kind that was not answered yet. */
function answer(process: FakeProcess | undefined, value: unknown): void {
  for (const { message } of process?.told ?? [])
    if (message['type'] === 'question') process?.says({ type: 'answer', id: message['id'], value })
}

test('a client is always with its own worker', async () => {
  const { processes, connect } = await pool(100)
  for (const client of [...clients, ...clients]) await connect(client)
  for (const [index, process] of processes.entries()) {
    const own = clients.filter((client) => chooseWorker(client, 2) === index + 1)
    expect(clientsOf(process).map(({ client }) => client)).toEqual(
      [...own, ...own].map((client) => `${client}:2000`),
    )
  }
})

test('before one is refused, workers say what is over by now', async () => {
  const { processes, connect } = await pool(1)
  const [one, other] = processes
  await connect(ONE)
  await connect(OTHER)
  await connect(OTHER)
  await eventually(() => expect(one?.types()).toContain('question'))
  expect(clientsOf(other)).toEqual([])
  // The session of the other worker has just ended, which makes one place for two.
  one?.says({ type: 'progress', received: 1, over: 1 })
  // The client that came while they were asked is asked for in another round.
  await eventually(() => {
    answer(one, true)
    answer(other, true)
    expect(clientsOf(other)).toHaveLength(2)
  })
  expect(clientsOf(other).map(({ isOneTooMany }) => isOneTooMany)).toEqual([false, true])
})

test('a place that a dead worker had is free', async () => {
  const { processes, connect } = await pool(1)
  await connect(ONE)
  processes[0]?.ends('SIGKILL')
  await connect(OTHER)
  expect(clientsOf(processes[1])).toMatchObject([{ isOneTooMany: false }])
})

test('all are asked, and one that refuses is heard', async () => {
  const { made, processes } = await pool(1)
  const reports = made.portsReports()
  await eventually(() => expect(processes[1]?.types()).toContain('question'))
  for (const process of processes) answer(process, { ranges: [] })
  expect(await reports).toEqual([{ ranges: [] }, { ranges: [] }])
  const strange = made.portsReports()
  for (const process of processes) answer(process, 'something else')
  await expect(strange).rejects.toThrow(/answers something else/)
  const reopened = made.reopenPacketLogs()
  processes[0]?.says({ type: 'refusal', id: 3, message: 'no such folder' })
  answer(processes[1], true)
  await expect(reopened).rejects.toThrow('no such folder')
})

test('a limit that was read again holds', async () => {
  const { made, processes, connect } = await pool(1)
  await connect(ONE)
  const replaced = made.replaceRules(2, [{ name: 'rules.yaml', text: 'version: 1' }])
  for (const process of processes) answer(process, true)
  await replaced
  expect(processes[0]?.told.at(-1)?.message).toMatchObject({
    question: { about: 'rules', sources: [{ name: 'rules.yaml' }] },
  })
  await connect(OTHER)
  expect(clientsOf(processes[1])).toMatchObject([{ isOneTooMany: false }])
})
