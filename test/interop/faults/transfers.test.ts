/** What happens to server and proxy while files are on their way. */
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../../support/proxy-in-process.ts'
import {
  isLarge,
  LARGE_BYTES,
  type ServerProcess,
  startServerProcess,
  useLaboratory,
} from './laboratory.ts'
import { LinePeer, within } from './line-peer.ts'

let server: ServerProcess
const laboratory = useLaboratory({
  server: async () => {
    server = await startServerProcess()
    return server
  },
})

interface Download {
  readonly client: LinePeer
  readonly data: Socket
}

/** One that has begun and of which nothing is read yet. */
async function begin(): Promise<Download> {
  const client = await LinePeer.connect(laboratory().listen)
  await client.login()
  await client.ask('TYPE I', 200)
  const data = (await client.dataConnection()).pause()
  await client.ask('RETR large.bin', 150)
  return { client, data }
}

/** What arrives until the data connection ends, one way or another. */
async function collect(data: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  data.on('data', (chunk: Buffer) => chunks.push(chunk))
  data.resume()
  const closed = new Promise((resolve) => data.once('close', resolve))
  await within(closed, 'the end of the data connection')
  return Buffer.concat(chunks)
}

async function finish({ client, data }: Download): Promise<void> {
  const bytes = await collect(data)
  expect(bytes).toHaveLength(LARGE_BYTES)
  expect(isLarge(bytes)).toBe(true)
  await client.expect(226)
  await client.ask('QUIT', 221)
  client.close()
}

test('R7 ten clients that do not read their files, and then do', async () => {
  const downloads: Download[] = []
  for (let count = 0; count < 10; count++) downloads.push(await begin())
  await sleep(500)
  const [first, ...others] = downloads
  for (const { client, data } of others) {
    data.destroy()
    client.close()
  }
  if (first !== undefined) await finish(first)
})

test('R24 a server that is killed in mid-transfer: nobody takes what came for the file', async () => {
  const { client, data } = await begin()
  await server.restart()
  // The system that killed it ends its connections in good order; only the 226 is missing.
  expect((await collect(data)).length).toBeLessThan(LARGE_BYTES)
  for (let line = await client.line(); line !== undefined; line = await client.line())
    expect(line).not.toMatch(/^226/)
  client.close()
  await finish(await begin())
})

test.each(['client', 'server'] as const)('R24 a %s that is reset in mid-transfer', async (side) => {
  const { client, data } = await begin()
  if (side === 'server') {
    await server.restart()
    data.destroy()
  } else {
    data.resetAndDestroy()
  }
  client.reset()
  await finish(await begin())
})

test('R13 a server that is stopped takes its time, and a client that gives up leaves nothing', async () => {
  const patient = await begin()
  process.kill(server.pid(), 'SIGSTOP')
  const hasty = await LinePeer.connect(laboratory().listen)
  await sleep(300)
  hasty.close()
  process.kill(server.pid(), 'SIGCONT')
  await finish(patient)
})

test('a proxy that is stopped goes on where it was', async () => {
  const { proxy, bystander } = laboratory()
  const running = await begin()
  process.kill(proxy.pid, 'SIGSTOP')
  const waiting = connect({ host: '127.0.0.1', port: laboratory().listen.port })
  await sleep(500)
  waiting.destroy()
  process.kill(proxy.pid, 'SIGCONT')
  // While it stood nobody was served; what counts is what comes after.
  await bystander.goesOn()
  bystander.takeP99()
  await finish(running)
})

test('K12 two hundred reloads while files are on their way: the last rules hold', async () => {
  const { proxy, rulesFile, rules, listen } = laboratory()
  const downloads = [await begin(), await begin()]
  const finishing = Promise.all(downloads.map(finish))
  for (let reload = 0; reload < 200; reload++) {
    const denied =
      reload === 199 ? '- { deny: control, from: 127.0.0.9, to: any, port: 1-65535 }' : ''
    writeFileSync(rulesFile, rules.replace(/^rules:$/m, `rules:\n${denied}`))
    process.kill(proxy.pid, 'SIGHUP')
    if (reload % 10 === 0) await sleep(5)
  }
  await finishing
  const refused = async (): Promise<string | undefined> => {
    const client = await LinePeer.connect(listen, '127.0.0.9')
    const line = await client.line()
    client.close()
    return line
  }
  let answer = ''
  for (let attempt = 0; attempt < 100 && !answer.startsWith('421'); attempt++) {
    answer = (await refused()) ?? ''
    await sleep(20)
  }
  expect(answer).toMatch(/^421 /)
  await finish(await begin())
  await eventually(() => proxy.said().includes('rules reloaded'), 'told')
})
