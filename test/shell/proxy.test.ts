import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { FtpClient, type SetUp } from '../../src/demo/client.ts'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { duration } from '../../src/net/instant.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { eventually, freePort, type RunningFront, startFront } from '../support/proxy-in-process.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(
  serverHost: string,
  host: string,
  change?: (ruleset: Ruleset) => Ruleset,
): Promise<RunningFront> {
  const server = await startFtpServer({ root: demoFiles(), host: serverHost })
  cleanups.push(() => server.close())
  const front = await startFront(server.endpoint, { host, ...(change ? { change } : {}) })
  cleanups.push(() => front.proxy.close())
  return front
}

async function login(front: RunningFront): Promise<FtpClient> {
  const client = await FtpClient.connect(front.endpoint)
  cleanups.push(() => client.close())
  expect((await client.nextReply()).code).toBe(220)
  await client.expect('USER demo', 331)
  await client.expect('PASS s3cr3t', 230)
  return client
}

describe('one session through real sockets', () => {
  const cases: readonly (readonly [string, string, SetUp])[] = [
    ['127.0.0.1', '127.0.0.1', 'PASV'],
    ['127.0.0.1', '127.0.0.1', 'EPSV'],
    ['127.0.0.1', '127.0.0.1', 'PORT'],
    ['127.0.0.1', '127.0.0.1', 'EPRT'],
    ['::1', '::1', 'EPSV'],
    ['::1', '::1', 'EPRT'],
    ['::1', '127.0.0.1', 'EPSV'],
    ['::1', '127.0.0.1', 'EPRT'],
    ['127.0.0.1', '::1', 'PASV'],
    ['127.0.0.1', '::1', 'EPSV'],
    ['127.0.0.1', '::1', 'PORT'],
    ['127.0.0.1', '::1', 'EPRT'],
  ]
  test.each(cases)('client on %s, server on %s, %s', async (host, serverHost, setUp) => {
    const front = await start(serverHost, host)
    const client = await login(front)
    const listing = await client.receive('LIST', setUp)
    expect(listing.bytes.length).toBeGreaterThan(0)
    await client.expect('QUIT', 221)
    await eventually(() => front.log.types().includes('session.close'), 'session closed')
    expect(front.log.reasons()).toEqual(['used', 'quit'])
    expect(JSON.stringify(front.log.records)).not.toContain('s3cr3t')
  })
})

test('an unreachable server: 421 and a record that names the operation', async () => {
  const front = await startFront({
    address: ip('127.0.0.1'),
    port: port(await freePort('127.0.0.1')),
  })
  cleanups.push(() => front.proxy.close())
  const client = await FtpClient.connect(front.endpoint)
  expect((await client.nextReply()).code).toBe(421)
  client.close()
  const [verdict] = front.log.records.filter((record) => record.type === 'verdict')
  expect(verdict).toMatchObject({
    reason: 'server.unreachable',
    detail: 'connect: ECONNREFUSED',
  })
})

test('drain: an idle session gets 421, nobody new gets in, and it resolves', async () => {
  const front = await start('127.0.0.1', '127.0.0.1')
  const client = await login(front)
  const drained = front.proxy.drain()
  expect((await client.nextReply()).code).toBe(421)
  await drained
  await expect(FtpClient.connect(front.endpoint)).rejects.toThrow(/ECONNREFUSED/)
})

test('the packet log fails: new sessions get 421, and are served again when it recovers', async () => {
  const front = await start('127.0.0.1', '127.0.0.1')
  front.log.change('failed')
  const refused = await FtpClient.connect(front.endpoint)
  expect((await refused.nextReply()).code).toBe(421)
  refused.close()
  front.log.change('recovered')
  await login(front)
})

test('a client that resets at once leaves nothing behind', async () => {
  const front = await start('127.0.0.1', '127.0.0.1')
  for (let round = 0; round < 20; round++) {
    const socket = connect({ host: '127.0.0.1', port: front.endpoint.port })
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.resetAndDestroy()
  }
  const client = await login(front)
  await client.expect('QUIT', 221)
  await eventually(() => {
    const types = front.log.types()
    const count = (type: string): number => types.filter((one) => one === type).length
    return count('session.open') === count('session.close')
  }, 'every session closed')
})

test('timeouts end sessions with 421: login', async () => {
  const front = await start('127.0.0.1', '127.0.0.1', (ruleset) => ({
    ...ruleset,
    timeouts: { ...ruleset.timeouts, login: duration(50) },
  }))
  const client = await FtpClient.connect(front.endpoint)
  expect((await client.nextReply()).code).toBe(220)
  expect((await client.nextReply()).code).toBe(421)
  client.close()
  expect(front.log.reasons()).toContain('timeout.login')
})

test('who uses which ports is known while a transfer is announced, and for a while after it', async () => {
  const front = await start('127.0.0.1', '127.0.0.1')
  const states = (): readonly string[] =>
    front.proxy
      .ports()
      .ranges.flatMap(({ holders }) =>
        holders.flatMap(({ ports }) => ports.map(({ state }) => state)),
      )
  expect(states()).toEqual([])
  const client = await login(front)
  await client.expect('EPSV', 229)
  expect(states()).toEqual(['leased'])
  await client.expect('QUIT', 221)
  await eventually(() => states()[0] === 'resting', 'released')
})
