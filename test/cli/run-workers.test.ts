/** The built program with workers: real processes, and clients of several addresses of loopback. */
import { spawnSync } from 'node:child_process'
import { chmod, chown, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { FtpClient } from '../../src/demo/client.ts'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { type Ip, ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { chooseWorker } from '../../src/shell/workers/choose-worker.ts'
import { writeCertificates } from '../support/peers/certificates.ts'
import { freePort } from '../support/proxy-in-process.ts'
import { MAIN } from '../support/portcullis.ts'
import { readToEnd } from '../support/sockets.ts'
import { serveLines, startScriptedServer } from '../interop/faults/line-peer.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

const SERVER = ip('127.0.0.9')
const LOOKS = 400

/** Addresses of loopback that belong to each worker, `count` of each. */
function clientsOf(workers: number, count: number): readonly (readonly Ip[])[] {
  const all = Array.from({ length: 200 }, (_, index) => ip(`127.0.7.${index + 1}`))
  return Array.from({ length: workers }, (_, index) =>
    all.filter((client) => chooseWorker(client, workers) === index + 1).slice(0, count),
  )
}

interface Stage {
  readonly program: Program
  readonly door: Endpoint
  readonly folder: string
  readonly rules: (more: object) => string
}

/** Starts it with `workers` before the demo server, and waits until all are ready. */
async function stage(workers: number, more: object = {}): Promise<Stage> {
  const folder = await temporaryFolder()
  const server = await startFtpServer({ root: demoFiles(), host: SERVER })
  onTestFinished(() => server.close())
  return runBefore(server.endpoint, workers, folder, more)
}

async function runBefore(
  server: Endpoint,
  workers: number,
  folder: string,
  more: object,
  options: readonly string[] = [],
): Promise<Stage> {
  const door = endpoint(ip('127.0.0.1'), port(await freePort('127.0.0.1')))
  const rules = (changes: object): string =>
    JSON.stringify({
      version: 1,
      workers,
      listeners: [{ name: 'it', listen: formatEndpoint(door), server: formatEndpoint(server) }],
      'passive-ports': '28000-28099',
      rules: [
        { permit: 'control', from: 'any', to: 'any' },
        { permit: 'active-data', from: 'any', to: 'any', port: '1024-65535' },
        { permit: 'passive-data', from: 'any', to: 'any', port: '1024-65535' },
      ],
      'packet-log': { path: 'log.jsonl' },
      ...more,
      ...changes,
    })
  await writeFile(join(folder, 'rules.yaml'), rules({}), { mode: 0o600 })
  const place = ['--admin-socket', join(folder, 'admin.sock')]
  const program = new Program(['run', 'rules.yaml', ...place, ...options], { cwd: folder })
  for (let worker = 1; worker <= workers; worker++)
    await program.says(new RegExp(`worker ${worker} is ready`))
  return { program, door, folder, rules }
}

async function loggedIn(door: Endpoint, from: Ip): Promise<FtpClient> {
  const client = await FtpClient.connect(door, from)
  onTestFinished(() => client.close())
  await client.nextReply()
  await client.expect('USER demo', 331)
  await client.expect('PASS demo', 230)
  return client
}

async function greeting(door: Endpoint, from: Ip): Promise<{ client: FtpClient; code: number }> {
  const client = await FtpClient.connect(door, from)
  onTestFinished(() => client.close())
  return { client, code: (await client.nextReply()).code }
}

async function records(
  folder: string,
  worker: number,
): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(folder, `log.w${worker}.jsonl`), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function untilTrue(check: () => Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await check()) return
    await sleep(25)
  }
  throw new Error(`waited in vain for ${what}`)
}

test('clients of three workers transfer in every mode, and the logs tell one story', async () => {
  const { program, door, folder } = await stage(3)
  const clients = clientsOf(3, 2).flat()
  const received = await Promise.all(
    clients.map(async (from) => {
      const client = await loggedIn(door, from)
      const files = []
      for (const setUp of ['PASV', 'EPSV', 'PORT', 'EPRT'] as const)
        files.push((await client.receive('RETR welcome.txt', setUp)).bytes)
      await client.expect('QUIT', 221)
      return files
    }),
  )
  const [one] = received.flat()
  expect(one?.length).toBeGreaterThan(500)
  for (const bytes of received.flat()) expect(Buffer.from(bytes)).toEqual(Buffer.from(one ?? []))
  const held = await portcullis(['ports', '--json', '--socket', 'admin.sock'], { cwd: folder })
  const [passive] = (JSON.parse(held.stdout) as { ranges: { holders: { holder: string }[] }[] })
    .ranges
  expect(passive?.holders.map(({ holder }) => holder).toSorted()).toEqual(clients.toSorted())
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  const ports = new Set<unknown>()
  for (const [index, own] of clientsOf(3, 2).entries()) {
    const log = await records(folder, index + 1)
    expect(log.at(0)).toMatchObject({ type: 'log.start', worker: index + 1 })
    expect(log.at(-1)).toMatchObject({ type: 'log.stop' })
    const opened = log.filter(({ type }) => type === 'session.open')
    expect(opened.map(({ client }) => String(client).split(':', 1)[0] ?? '').toSorted()).toEqual(
      own.toSorted(),
    )
    for (const { session } of opened) expect(session).toMatch(new RegExp(`\\.${index + 1}-\\d+$`))
    for (const { mode, listening: at } of log.filter(({ type }) => type === 'pinhole.open'))
      if (mode === 'passive') ports.add(at)
  }
  expect(ports.size).toBeGreaterThan(3)
  const verified = await portcullis(['audit', 'verify', 'log.jsonl'], { cwd: folder })
  expect(verified.code).toBe(0)
  expect(verified.stdout.match(/^intact: /gm)).toHaveLength(3)
  const merged = await portcullis(['audit', 'log.jsonl', '--format', 'json'], { cwd: folder })
  const times = merged.stdout.match(/(?<=^\{"time":")[^"]+/gm) ?? []
  expect(times).toEqual(times.toSorted())
  expect(new Set(merged.stdout.match(/(?<="worker":)\d/g))).toEqual(new Set(['1', '2', '3']))
})

test('limits: sessions hold for all workers together, those for a client for each', async () => {
  const { program, door, folder } = await stage(2, {
    limits: { sessions: 4, 'sessions-per-client': 2 },
  })
  const [[a = SERVER, b = SERVER, c = SERVER] = [], [x = SERVER, y = SERVER] = []] = clientsOf(2, 3)
  expect((await greeting(door, a)).code).toBe(220)
  expect((await greeting(door, a)).code).toBe(220)
  expect((await greeting(door, a)).code).toBe(421)
  const leaving = await loggedIn(door, x)
  expect((await greeting(door, y)).code).toBe(220)
  // One worker has two of four, and there is no place with it all the same.
  expect((await greeting(door, b)).code).toBe(421)
  expect((await greeting(door, x)).code).toBe(421)
  for (let round = 0; round < 10; round++) {
    const from = round % 2 === 0 ? c : x
    if (round === 0) await leaving.expect('QUIT', 221)
    const { client, code } = await greeting(door, from)
    expect(code).toBe(220)
    expect((await greeting(door, b)).code).toBe(421)
    await client.expect('QUIT', 221)
  }
  program.kill('SIGTERM')
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  const refused = [...(await records(folder, 1)), ...(await records(folder, 2))].filter(
    ({ type }) => type === 'session.refused',
  )
  expect(refused.map(({ reason }) => String(reason)).toSorted()).toEqual([
    ...Array.from({ length: 12 }, () => 'limit.sessions'),
    'limit.sessions-per-client',
  ])
})

test('SIGHUP reaches all workers or none, and SIGUSR2 reopens every log', async () => {
  const { program, door, folder, rules } = await stage(2)
  const [[one = SERVER] = [], [two = SERVER] = []] = clientsOf(2, 1)
  await writeFile(join(folder, 'rules.yaml'), rules({ bogus: 1 }), { mode: 0o600 })
  program.kill('SIGHUP')
  await program.says(/rules not reloaded, 1 error/)
  for (const from of [one, two]) expect((await greeting(door, from)).code).toBe(220)
  const denying = [{ deny: 'control', from: 'any', name: 'closed' }]
  await writeFile(join(folder, 'rules.yaml'), rules({ rules: denying, workers: 3 }), {
    mode: 0o600,
  })
  program.kill('SIGHUP')
  await program.says(/rules reloaded/)
  await program.says(/workers changed: that takes a restart/)
  for (const from of [one, two]) expect((await greeting(door, from)).code).toBe(421)
  for (const worker of [1, 2])
    await rename(join(folder, `log.w${worker}.jsonl`), join(folder, `old.${worker}`))
  program.kill('SIGUSR2')
  // SIGHUP has said it twice.
  await program.says(/(?:packet logs reopened[^]*){3}/)
  for (const from of [one, two]) await greeting(door, from)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  for (const worker of [1, 2])
    expect((await records(folder, worker)).at(0)).toMatchObject({ worker, previous: /./ })
  const files = ['old.2', 'log.w1.jsonl', 'old.1', 'log.w2.jsonl']
  const verified = await portcullis(['audit', 'verify', ...files], { cwd: folder })
  expect(verified.stdout.match(/^intact: /gm)).toHaveLength(2)
  expect(verified.code).toBe(0)
})

test('SIGTERM to every process drains: a transfer that runs finishes', async () => {
  const folder = await temporaryFolder()
  const slow = await startHoldingServer()
  const { program, door } = await runBefore(slow.endpoint, 2, folder, {})
  const [[one = SERVER] = []] = clientsOf(2, 1)
  const client = await loggedIn(door, one)
  const announced = /\|\|\|(\d+)\|/.exec((await client.expect('EPSV', 229)).lines[0] ?? '')
  const data = connect({ host: '127.0.0.1', port: Number(announced?.[1]), localAddress: one })
  onTestFinished(() => void data.destroy())
  await client.expect('RETR file', 150)
  const pids = await workerPids(program)
  expect(pids).toHaveLength(2)
  for (const pid of pids) process.kill(pid, 'SIGTERM')
  program.kill('SIGTERM')
  await program.says(/draining/)
  slow.finish()
  expect(await readToEnd(data)).toBe('the end of the file')
  expect((await client.nextReply()).code).toBe(226)
  expect((await program.ended).code).toBe(0)
  expect((await records(folder, chooseWorker(one, 2))).map(({ type }) => type)).toContain(
    'data.close',
  )
})

test('a worker that is killed is replaced, and the others do not notice', async () => {
  const { program, door, folder } = await stage(2)
  const [[one = SERVER] = [], [two = SERVER] = []] = clientsOf(2, 1)
  const victim = await loggedIn(door, one)
  const other = await loggedIn(door, two)
  const first = await workerPid(program, 1)
  process.kill(first, 'SIGKILL')
  await expect(victim.command('NOOP')).rejects.toThrow(/closed/)
  // It waits for the one that takes its place.
  const waiting = await FtpClient.connect(door, one)
  onTestFinished(() => waiting.close())
  expect(await workerPid(program, 1, 2)).not.toBe(first)
  expect((await waiting.nextReply()).code).toBe(220)
  const again = await loggedIn(door, one)
  await again.receive('RETR welcome.txt', 'PASV')
  await other.receive('RETR welcome.txt', 'PASV')
  await program.says(/worker 1 has ended \(SIGKILL\)/)
  program.kill('SIGTERM')
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  const starts = (await records(folder, 1)).filter(({ type }) => type === 'log.start')
  expect(starts).toHaveLength(2)
  const verified = await portcullis(['audit', 'verify', 'log.jsonl'], { cwd: folder })
  expect(verified.stdout).toContain('the one before has no log.stop')
  expect(verified.code).toBe(0)
})

test('when the primary is killed, nobody listens, and workers end with their sessions', async () => {
  const { program, door, folder } = await stage(2)
  const [[one = SERVER] = []] = clientsOf(2, 1)
  const client = await loggedIn(door, one)
  const pids = await workerPids(program)
  program.kill('SIGKILL')
  expect((await client.nextReply()).code).toBe(421)
  // What it held open is closed one by one, the listening socket not first.
  await untilTrue(() => isRefused(door, one), 'nobody listens')
  await untilTrue(
    async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive),
    'the end of the workers',
  )
  for (const worker of [1, 2])
    expect((await records(folder, worker)).at(-1)).toMatchObject({ type: 'log.stop' })
})

test('encrypted sessions of two workers use the same static range at once', async () => {
  const folder = await temporaryFolder()
  const first = 28_200
  const range = `${first}-${first + 4}`
  const server = await startTlsServer(folder, first)
  const { program, door, rules } = await runBefore(server, 2, folder, {})
  await writeFile(
    join(folder, 'rules.yaml'),
    rules({
      listeners: [
        {
          name: 'it',
          listen: formatEndpoint(door),
          server: formatEndpoint(server),
          tls: 'implicit',
          'server-passive-ports': range,
        },
      ],
    }),
    { mode: 0o600 },
  )
  program.kill('SIGHUP')
  await program.says(/rules reloaded/)
  const [[one = SERVER, stranger = SERVER] = [], [two = SERVER] = []] = clientsOf(2, 2)
  const sessions = await Promise.all([one, two].map((from) => encrypted(door, from)))
  const at = (index: number): Endpoint => endpoint(door.address, port(first + index))
  const data = await Promise.all([
    fetched(at(0), one),
    fetched(at(1), two),
    fetched(at(2), one),
    fetched(at(0), two),
  ])
  expect(data).toEqual([0, 1, 2, 0].map((index) => `data of port ${first + index}`))
  // Who has no session gets nothing, though the port is open.
  expect(await fetched(at(0), stranger)).toBe('')
  sessions[0]?.destroy()
  const [log, other] = [1, 2].map((worker) => async () => records(folder, worker))
  const has = (
    type: string,
    log: (() => Promise<readonly Record<string, unknown>[]>) | undefined,
  ) => untilTrue(async () => ((await log?.()) ?? []).some((each) => each['type'] === type), type)
  await has('range.close', log)
  expect(await fetched(at(3), two)).toBe(`data of port ${first + 3}`)
  sessions[1]?.destroy()
  await has('range.close', other)
  await untilTrue(
    async () => (await fetched(at(0), two)) === 'ECONNREFUSED',
    'the end of the range',
  )
})

const NOBODY = 65_534

/** As nobody, who may not see where the program is everywhere. */
function isReadableForNobody(): boolean {
  if (process.getuid?.() !== 0) return false
  const asNobody = { uid: NOBODY, gid: NOBODY, cwd: '/', timeout: 20_000 }
  return spawnSync(process.execPath, [MAIN, '--version'], asNobody).status === 0
}

test('K15 as another user, workers have what they need and never had root; so has the next', async (context) => {
  if (!isReadableForNobody()) context.skip('needs root, and a program that nobody may read')
  const folder = await temporaryFolder()
  await chmod(folder, 0o755)
  await chown(folder, NOBODY, NOBODY)
  const server = await startFtpServer({ root: demoFiles(), host: SERVER })
  onTestFinished(() => server.close())
  const { program, door } = await runBefore(server.endpoint, 2, folder, {}, ['--user', 'nobody'])
  const [[one = SERVER] = []] = clientsOf(2, 1)
  const first = await workerPid(program, 1)
  const expectNobody = async (pid: number): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:\\s+${NOBODY}\\s+${NOBODY}\\s+${NOBODY}\\s`, 'm'))
    // CAP_NET_BIND_SERVICE, for port 20 in active mode.
    for (const name of ['CapPrm', 'CapEff', 'CapBnd'])
      expect(status).toMatch(new RegExp(`^${name}:\\s+0000000000000400$`, 'm'))
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
  }
  for (const pid of [program.pid, ...(await workerPids(program))]) await expectNobody(pid)
  process.kill(first, 'SIGKILL')
  const again = await workerPid(program, 1, 2)
  await expectNobody(again)
  const client = await loggedIn(door, one)
  await client.receive('RETR welcome.txt', 'PORT')
  program.kill('SIGTERM')
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  expect((await stat(join(folder, 'log.w1.jsonl'))).uid).toBe(NOBODY)
})

test('what cannot be is said in one line', async () => {
  const cwd = await temporaryFolder()
  const rules = (more: object): string =>
    JSON.stringify({
      version: 1,
      workers: 2,
      listeners: [{ name: 'it', listen: '127.0.0.1:28999', server: '127.0.0.9:21' }],
      rules: [{ permit: 'control', from: 'any', to: 'any' }],
      ...more,
    })
  await writeFile(join(cwd, 'rules.yaml'), rules({}), { mode: 0o600 })
  const stream = await portcullis(['run', 'rules.yaml', '--packet-log', '-'], { cwd })
  expect(stream.code).toBe(1)
  expect(stream.stderr).toMatch(/standard output cannot take the packet logs of several workers/)
  const elsewhere = join('no-such-folder', 'log.jsonl')
  const missing = await portcullis(['run', 'rules.yaml', '--packet-log', elsewhere], { cwd })
  expect(missing.code).toBe(1)
  expect(missing.stderr.match(/directory does not exist/g)).toHaveLength(1)
  await writeFile(join(cwd, 'rules.yaml'), rules({ 'data-path': 'kernel' }), { mode: 0o600 })
  const kernel = await portcullis(['check', 'rules.yaml'], { cwd })
  expect(kernel.code).toBe(1)
  expect(kernel.stdout).toMatch(/"data-path: kernel" is for one process/)
})

/** The process that is worker `worker` after it was started so many times. */
async function workerPid(program: Program, worker: number, times: number = 1): Promise<number> {
  const ready = `"worker":${worker},"pid":(\\d+),"msg":"worker ${worker} is ready"[^]*`
  const [, pid] = await program.says(new RegExp(`(?:${ready}){${times}}`))
  return Number(pid)
}

function workerPids(program: Program): Promise<readonly number[]> {
  return Promise.all([1, 2].map((worker) => workerPid(program, worker)))
}

async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return status !== '' && !status.includes('State:\tZ')
}

async function listening(server: Server, host: string, at: number = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ host, port: at }, resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return address.port
}

/** A server that sends a file when it is told to. */
async function startHoldingServer(): Promise<{ endpoint: Endpoint; finish: () => void }> {
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const server = await startScriptedServer((peer) => {
    let data: Promise<Socket> | undefined
    return serveLines(peer, async (line) => {
      if (line === 'EPSV') {
        const listener = createServer()
        data = new Promise((resolve) => listener.once('connection', resolve))
        peer.say(`229 here (|||${await listening(listener, '127.0.0.1')}|)`)
        return
      }
      peer.say('150 it comes')
      const socket = await data
      await finished
      socket?.end('the end of the file')
      peer.say('226 that was it')
    })
  })
  onTestFinished(() => server.close())
  return { endpoint: server.endpoint, finish }
}

/** A server with TLS from the first byte, and what it has on each of its passive ports. */
async function startTlsServer(folder: string, first: number): Promise<Endpoint> {
  const files = await writeCertificates(folder)
  const options = { key: await readFile(files.key), cert: await readFile(files.certificate) }
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => undefined)
    socket.write('220 in secret\r\n')
  })
  for (let at = first; at < first + 5; at++) {
    const data = createServer((socket) =>
      socket.on('error', () => undefined).end(`data of port ${at}`),
    )
    await listening(data, SERVER, at)
  }
  return endpoint(SERVER, port(await listening(server, SERVER)))
}

/** A client that has heard the greeting inside TLS. */
async function encrypted(door: Endpoint, from: Ip): Promise<tls.TLSSocket> {
  const socket = connect({ host: door.address, port: door.port, localAddress: from })
  const secure = tls.connect({ socket, rejectUnauthorized: false })
  onTestFinished(() => void secure.destroy())
  secure.on('error', () => undefined)
  await new Promise((resolve) => secure.once('data', resolve))
  return secure
}

/** What is there; nothing where the connection is dropped, and why where there is none. */
async function fetched(at: Endpoint, from: Ip): Promise<string> {
  const socket = connect({ host: at.address, port: at.port, localAddress: from })
  try {
    return await readToEnd(socket)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return code === 'ECONNRESET' ? '' : code
  } finally {
    socket.destroy()
  }
}

async function isRefused(...where: Parameters<typeof FtpClient.connect>): Promise<boolean> {
  try {
    const client = await FtpClient.connect(...where)
    client.close()
    return false
  } catch (error) {
    return error instanceof Error && error.message.includes('ECONNREFUSED')
  }
}
