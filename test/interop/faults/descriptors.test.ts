/** R2: more clients than descriptors, and a limit that somebody lowers under a running process. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { THIS_HOST } from '../../support/peers/host.ts'
import { eventually } from '../../support/proxy-in-process.ts'
import { useLaboratory } from './laboratory.ts'
import { LinePeer, serveLines, startScriptedServer } from './line-peer.ts'

/** Node itself opens some two hundred modules at a time when it starts. */
const LIMIT = 300

const laboratory = useLaboratory({
  server: () =>
    startScriptedServer((peer) =>
      serveLines(peer, (line) =>
        peer.say(line === 'EPSV' ? '229 Entering (|||40404|)' : '200 fine'),
      ),
    ),
  host: {
    ...THIS_HOST,
    command: (program, args) => ({
      program: 'sh',
      args: ['-c', `ulimit -n ${LIMIT}; exec "$0" "$@"`, program, ...args],
    }),
  },
})

/** The soft limit alone, so that it can be raised again without a privilege. */
function allow(descriptors: number): void {
  const { pid } = laboratory().proxy
  execFileSync('prlimit', [`--nofile=${descriptors}:${LIMIT}`, '--pid', String(pid)])
}

/** What the next descriptor will be: with a limit of as many there is none, with one more there is one. */
function lowestFree(): number {
  const taken = new Set(readdirSync(`/proc/${laboratory().proxy.pid}/fd`).map(Number))
  let descriptor = 0
  while (taken.has(descriptor)) descriptor += 1
  return descriptor
}

/** How many of what the process says there are. */
function told(text: string): number {
  return laboratory().proxy.said().split(text).length - 1
}

const clients: LinePeer[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

async function connect(): Promise<LinePeer> {
  const client = await LinePeer.connect(laboratory().listen)
  clients.push(client)
  return client
}

test('R2 as many sessions as fit are served, everybody else is told why', async () => {
  const { proxy } = laboratory()
  const sessions = Number(/at most (\d+) sessions at a time and not/.exec(proxy.said())?.[1])
  expect(sessions).toBeGreaterThan(1)
  const many = await Promise.all(Array.from({ length: 200 }, connect))
  const lines = await Promise.all(many.map((client) => client.line()))
  // One of the sessions is the bystander's.
  expect(lines.filter((line) => line?.startsWith('220 ') === true)).toHaveLength(sessions - 1)
  expect(lines.filter((line) => line?.startsWith('421 ') === true)).toHaveLength(201 - sessions)
  const refused = (): number =>
    readFileSync(proxy.packetLog, 'utf8').split('"reason":"limit.sessions"').length - 1
  await eventually(() => refused() === 201 - sessions, 'each refusal is on record')
  for (const client of many) client.close()
  let greeting: string | undefined
  for (let attempt = 0; attempt < 200 && greeting?.startsWith('220 ') !== true; attempt++)
    greeting = await (await connect()).line()
  expect(greeting).toMatch(/^220 /)
})

describe('a limit that is lowered while it runs', () => {
  test('R2 to next to nothing: clients are turned away with a record', async () => {
    const free = told('descriptors are free again')
    allow(lowestFree() + 1)
    const isOnRecord = (): boolean => laboratory().reasons().includes('limit.descriptors')
    for (let attempt = 0; attempt < 200 && !isOnRecord(); attempt++) {
      const client = await connect()
      await client.line()
      client.close()
      await sleep(50)
    }
    expect(isOnRecord()).toBe(true)
    // It may have looked when even the last one was taken, and says only once that they are short.
    const isTold = (): boolean =>
      told('descriptors run short: new clients are refused') + told('no descriptor is left') > 0
    expect(isTold()).toBe(true)
    allow(LIMIT)
    await eventually(() => told('descriptors are free again') > free, 'told')
  })

  test('R2 to nothing: a session gets no listener and goes on; service resumes', async () => {
    const free = told('descriptors are free again')
    const client = await connect()
    await client.login()
    // What is still being closed leaves room below: the limit follows it.
    await eventually(() => {
      allow(lowestFree())
      return told('no descriptor is left (EMFILE)') > 0
    }, 'told')
    await Promise.all(Array.from({ length: 20 }, connect))
    await client.ask('EPSV', 425)
    await client.ask('NOOP', 200)
    allow(LIMIT)
    await eventually(() => told('descriptors are free again') > free, 'told')
    await client.ask('EPSV', 229)
    await (await connect()).login()
  })
})
