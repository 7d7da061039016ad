import { connect, type Socket } from 'node:net'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { ProcessSignals, supervise } from '../../src/cli/supervise.ts'
import { FtpClient } from '../../src/demo/client.ts'
import { directory, file } from '../../src/demo/server/file-tree.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { freePort } from '../support/proxy-in-process.ts'
import { Program, temporaryFolder } from './program.ts'

/** More than the buffers between server and client take, so that a transfer lasts. */
const LARGE_BYTES = 32 * 1024 * 1024
const OPEN = `- { permit: control, from: any, to: any, port: 1-65535 }
- { permit: passive-data, from: any, to: any, port: 1024-65535 }`

interface Asked {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

interface Running {
  readonly program: Program
  readonly listen: Endpoint
  readonly folder: string
  readonly writeRules: (rules: string) => Promise<void>
}

test('after SIGTERM a running transfer finishes and no session begins', async () => {
  const { program, listen } = await start()
  const { client, data } = await transferring(listen)
  program.kill('SIGTERM')
  await program.says(/draining: running transfers may finish/)
  await expect(FtpClient.connect(listen)).rejects.toThrow('ECONNREFUSED')
  expect(await sizeOf(data)).toBe(LARGE_BYTES)
  expect((await client.nextReply()).code).toBe(226)
  const { code, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain('stopping at once')
})

test('a second signal stops at once', async () => {
  const { program, listen } = await start()
  const { client } = await transferring(listen)
  program.kill('SIGTERM')
  await program.says(/draining: running transfers may finish/)
  program.kill('SIGINT')
  const { code, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).toContain('stopping at once')
  client.close()
})

test('SIGHUP reads the rules again: they hold for new sessions', async () => {
  const { program, listen, writeRules } = await start()
  const before = await greeted(listen)
  await writeRules('- { deny: control, from: any, to: any }')
  program.kill('SIGHUP')
  await program.says(/rules reloaded: they hold for new sessions/)
  const refused = await FtpClient.connect(listen)
  expect((await refused.nextReply()).code).not.toBe(220)
  await before.expect('NOOP', 200)
  before.close()
})

test('SIGHUP with a bad rule file keeps the old rules and says why', async () => {
  const { program, listen, writeRules } = await start()
  await writeRules('- { permit: contrl, from: any, to: any }')
  program.kill('SIGHUP')
  await program.says(/rules\.yaml:\d+:\d+ /)
  await program.says(/rules not reloaded, \d errors?: the old rules stay/)
  const client = await greeted(listen)
  await client.expect('QUIT', 221)
})

test('what a reload cannot change is named', async () => {
  const { program, writeRules } = await start()
  await writeRules('- { deny: control, from: any, to: any }\npacket-log: { on-failure: continue }')
  program.kill('SIGHUP')
  await program.says(/packet-log changed: that takes a restart/)
})

test.each(['SIGUSR2', 'SIGHUP'] as const)('%s goes on in a new packet log', async (signal) => {
  const { program, listen, folder } = await start()
  await (await greeted(listen)).expect('QUIT', 221)
  const [log, old] = [join(folder, 'log.jsonl'), join(folder, 'log.jsonl.1')]
  await rename(log, old)
  program.kill(signal)
  await program.says(/packet log reopened/)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  expect(await readFile(old, 'utf8')).toContain('"type":"session.close"')
  expect(await readFile(log, 'utf8')).toContain('"type":"log.stop"')
})

test('a signal that comes before the proxy stands is answered when it does', async () => {
  const signals = new ProcessSignals()
  onTestFinished(() => signals.release())
  const emitted = (signal: NodeJS.Signals): boolean => process.emit(signal, signal)
  emitted('SIGHUP')
  emitted('SIGUSR2')
  const done: string[] = []
  signals.onReopen = () => done.push('reopened')
  signals.onReload = () => done.push('reloaded')
  expect(done).toEqual(['reopened', 'reloaded'])
  emitted('SIGHUP')
  expect(done).toEqual(['reopened', 'reloaded', 'reloaded'])
})

test('K12 reloads that are asked for during one are one more, and none overtakes another', async () => {
  const signals = new ProcessSignals()
  onTestFinished(() => signals.release())
  const emitted = (signal: NodeJS.Signals): boolean => process.emit(signal, signal)
  const waiting: Asked[] = []
  const supervised = supervise({
    signals,
    proxy: { drain: async () => undefined, close: async () => undefined },
    logger: pino({ level: 'silent' }),
    reopenPacketLog: async () => undefined,
    reload: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
      }),
  })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  for (let signal = 0; signal < 200; signal++) emitted('SIGHUP')
  expect(waiting).toHaveLength(1)
  waiting[0]?.resolve()
  await settled()
  expect(waiting).toHaveLength(2)
  waiting[1]?.reject(new Error('broken'))
  await settled()
  expect(waiting).toHaveLength(2)
  emitted('SIGHUP')
  expect(waiting).toHaveLength(3)
  waiting[2]?.resolve()
  emitted('SIGTERM')
  await supervised
})

async function start(): Promise<Running> {
  const root = directory('', [file('large.bin', 'x'.repeat(LARGE_BYTES))])
  const server = await startFtpServer({ root, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const listen = endpoint(ip('127.0.0.1'), port(await freePort('127.0.0.1')))
  const folder = await temporaryFolder()
  const writeRules = (rules: string): Promise<void> =>
    writeFile(
      join(folder, 'rules.yaml'),
      `version: 1
listeners:
- { name: it, listen: "${formatEndpoint(listen)}", server: "${formatEndpoint(server.endpoint)}" }
rules:
${rules}
`,
      { mode: 0o600 },
    )
  await writeRules(OPEN)
  const program = new Program(['run', 'rules.yaml', '--packet-log', 'log.jsonl'], { cwd: folder })
  await program.says(/listening on/)
  return { program, listen, folder, writeRules }
}

async function greeted(listen: Endpoint): Promise<FtpClient> {
  const client = await FtpClient.connect(listen)
  expect((await client.nextReply()).code).toBe(220)
  return client
}

/** A client whose download has begun, and stands still until `data` is read. */
async function transferring(
  listen: Endpoint,
): Promise<{ readonly client: FtpClient; readonly data: Socket }> {
  const client = await greeted(listen)
  await client.expect('USER me', 331)
  await client.expect('PASS me', 230)
  await client.expect('TYPE I', 200)
  const { lines } = await client.expect('EPSV', 229)
  const at = Number(/\|\|\|(\d+)\|/.exec(lines[0] ?? '')?.[1])
  const data = connect({ host: listen.address, port: at }).pause()
  data.on('error', () => data.destroy())
  onTestFinished(() => void data.destroy())
  await client.expect('RETR large.bin', 150)
  return { client, data }
}

async function sizeOf(data: Socket): Promise<number> {
  let bytes = 0
  for await (const chunk of data as AsyncIterable<Buffer>) bytes += chunk.length
  return bytes
}
