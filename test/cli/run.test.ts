import { createServer } from 'node:net'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { FtpClient } from '../../src/demo/client.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { freePort } from '../support/proxy-in-process.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

const NOWHERE = '127.0.0.1:9'

test('a front door carries a session and records it; SIGTERM ends it with exit code 0', async () => {
  const cwd = await temporaryFolder()
  const server = await startFtpServer({ root: demoFiles(), host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const listen = await loopback()
  const name = `localhost:${server.endpoint.port}`
  const program = new Program(
    ['run', '--listen', formatEndpoint(listen), '--server', name, '--packet-log', 'log.jsonl'],
    { cwd },
  )
  await program.says(/the server localhost is (?:127\.0\.0\.1|::1): looked up now, and not again/)
  await program.says(new RegExp(`listening on ${formatEndpoint(listen)}`))
  const client = await FtpClient.connect(listen)
  expect((await client.nextReply()).code).toBe(220)
  await client.expect('QUIT', 221)
  program.kill('SIGTERM')
  const { code, stdout, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/"msg":"stopped"\}\n$/)
  const types = (await readFile(join(cwd, 'log.jsonl'), 'utf8')).match(/(?<="type":")[^"]+/g)
  expect(types?.at(0)).toBe('log.start')
  expect(types).toContain('session.close')
  expect(types?.at(-1)).toBe('log.stop')
})

test('--capture writes both legs of control connections, for their owner alone to read', async () => {
  const cwd = await temporaryFolder()
  const server = await startFtpServer({ root: demoFiles(), host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const listen = await loopback()
  const door = ['--listen', formatEndpoint(listen), '--server', formatEndpoint(server.endpoint)]
  const outputs = ['--capture', 'control.pcapng', '--packet-log', 'log.jsonl']
  const program = new Program(['run', ...door, ...outputs], { cwd })
  await program.says(/listening on/)
  const client = await FtpClient.connect(listen)
  await client.nextReply()
  await client.expect('USER demo', 331)
  await client.expect('PASS demo', 230)
  await client.receive('LIST', 'PASV')
  await client.receive('NLST', 'PORT')
  await client.expect('PORT 198,51,100,66,0,80', 501)
  await client.expect('QUIT', 221)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  const file = join(cwd, 'control.pcapng')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const { code, stdout } = await portcullis(['replay', file, '--format', 'json'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(/"type":"control.command".*"verb":"USER","argument":"demo"/)
  const live = decisionsOf(await readFile(join(cwd, 'log.jsonl'), 'utf8'))
  expect(live).toHaveLength(9)
  expect(live).toContain('reject port.foreign-address')
  // The data connections are not in the file, and nothing waits for them.
  expect(decisionsOf(stdout)).toEqual(live)
  const bytes = (await readFile(file)).toString('latin1')
  expect(bytes).toMatch(/session \S+, client side/)
  expect(bytes).toMatch(/session \S+, server side/)
})

test('a capture file that cannot be written is told of, and stops nobody', async () => {
  const cwd = await temporaryFolder()
  const listen = formatEndpoint(await loopback())
  const door = ['--listen', listen, '--server', NOWHERE]
  const program = new Program(['run', ...door, '--capture', 'missing/control.pcapng'], { cwd })
  await program.says(/the capture file cannot be written/)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
})

test('--packet-log - writes records to standard output, and nothing else', async () => {
  const listen = formatEndpoint(await loopback())
  const args = ['run', '--listen', listen, '--server', NOWHERE, '--packet-log', '-']
  const program = new Program(args, { cwd: await temporaryFolder() })
  await program.says(/listening on/)
  program.kill('SIGINT')
  const { code, stdout } = await program.ended
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: 'log.start', rules: `front door ${listen} to ${NOWHERE}` },
    { type: 'log.stop' },
  ])
})

test('--passive-ports and --public-address are what a client is told', async () => {
  const server = await startFtpServer({ root: demoFiles(), host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const listen = await loopback()
  const passive = await freePort('127.0.0.1')
  const door = ['--listen', formatEndpoint(listen), '--server', formatEndpoint(server.endpoint)]
  const told = ['--passive-ports', `${passive}`, '--public-address', '203.0.113.10']
  const program = new Program(['run', ...door, ...told, '--packet-log', '-'])
  await program.says(/listening on/)
  const client = await FtpClient.connect(listen)
  await client.nextReply()
  await client.expect('USER me', 331)
  await client.expect('PASS me', 230)
  const { lines } = await client.expect('PASV', 227)
  expect(lines[0]).toContain(`(203,0,113,10,${passive >> 8},${passive & 0xff})`)
  client.close()
})

test('a port in use is one line', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => {
    holder.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  onTestFinished(() => void holder.close())
  const bound = holder.address()
  const taken = bound !== null && typeof bound === 'object' ? bound.port : 0
  expect(await failure(['--listen', `127.0.0.1:${taken}`, '--server', NOWHERE])).toBe(
    `portcullis: cannot listen on 127.0.0.1:${taken}: the port is in use. Stop the program that ` +
      `holds it (ss -ltnp sport = :${taken} names it), or listen on another port.\n`,
  )
})

test('an address of somebody else is one line', async () => {
  expect(await failure(['--listen', '192.0.2.1:2121', '--server', NOWHERE])).toBe(
    'portcullis: cannot listen on 192.0.2.1:2121: not an address of this host ' +
      '(ip address lists them; 0.0.0.0 is all of them).\n',
  )
})

test('a packet log that cannot be written is one line', async () => {
  const door = ['--listen', formatEndpoint(await loopback()), '--server', NOWHERE]
  expect(await failure([...door, '--packet-log', 'missing/log.jsonl'])).toBe(
    'portcullis: packet log missing/log.jsonl cannot be created: its directory does not exist\n',
  )
})

test('a loop is told from a server', async () => {
  const listen = formatEndpoint(await loopback())
  const { code, stderr } = await portcullis(['run', '--listen', listen, '--server', listen])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^portcullis: --listen and --server are the same/)
})

test('a missing rule file, and one with an error, stop it before it starts', async () => {
  expect(await failure(['a.yaml'])).toBe(
    'a.yaml error there is no such file or folder\n' +
      'portcullis: not started: the rule files have 1 error\n',
  )
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'a.yaml'), 'version: 1\nbogus: 1\n', { mode: 0o600 })
  const { code, stderr } = await portcullis(['run', 'a.yaml'], { cwd: folder })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^a\.yaml:2:1 error unknown key "bogus".*\n {2}bogus: 1\n {2}\^{5}\n/)
  expect(stderr).toMatch(/\nportcullis: not started: the rule files have \d errors?\n$/)
})

test('K13 rules that others can write to are one line and a way out', async () => {
  const cwd = await temporaryFolder()
  const listen = formatEndpoint(await loopback())
  const rules = `version: 1
listeners: [{ name: it, listen: "${listen}", server: "${NOWHERE}" }]
profiles: { default: { opaque-data: deny } }
rules: [{ permit: control, from: any, to: any, port: 9 }, { deny: passive-data }, { deny: active-data }]
`
  await writeFile(join(cwd, 'a.yaml'), rules)
  await chmod(join(cwd, 'a.yaml'), 0o664)
  const refused = await portcullis(['run', 'a.yaml', '--packet-log', 'log.jsonl'], { cwd })
  expect(refused).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'a.yaml error other users can write to this file, and so change the rules: chmod go-w, or ' +
      '--allow-writable-rules\nportcullis: not started: the rule files have 1 error\n',
  })
  const program = new Program(
    ['run', 'a.yaml', '--packet-log', 'log.jsonl', '--allow-writable-rules'],
    { cwd },
  )
  await program.says(/listening on/)
  program.kill('SIGTERM')
  const { code, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).toContain('other users can write to this file')
})

test('what the data path needs is looked for before the packet log is opened', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can become somebody without the privilege')
  const cwd = await temporaryFolder()
  await chmod(cwd, 0o777)
  const nobody = { uid: 65_534, cwd }
  const works = await portcullis(['--version'], nobody).catch(() => undefined)
  skip(works?.code !== 0, 'the program lies where only root may read it')
  const door = ['--listen', formatEndpoint(await loopback()), '--server', NOWHERE]
  const { code, stderr } = await portcullis(['run', ...door, '--data-path', 'kernel'], nobody)
  expect(code).toBe(1)
  expect(stderr).toMatch(/portcullis: the kernel data path needs CAP_NET_ADMIN .*\n$/)
  expect(await readdir(cwd)).toEqual([])
})

test('without the privilege port 21 is one line, and port 20 a warning', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can become somebody without the privilege')
  const first = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')
  skip(Number(first) <= 21, 'on this host anybody may bind port 21')
  const nobody = { uid: 65_534, cwd: '/tmp' }
  const works = await portcullis(['--version'], nobody).catch(() => undefined)
  skip(works?.code !== 0, 'the program lies where only root may read it')
  const log = ['--packet-log', '-']
  const refused = await portcullis(
    ['run', '--listen', '127.0.0.1:21', '--server', NOWHERE, '--log-level', 'warn', ...log],
    nobody,
  )
  expect(refused.code).toBe(1)
  const [warning = '', line = ''] = refused.stderr.split('\n')
  expect(warning).toMatch(/"level":"warn".*"active mode: this process may not bind port 20, so/)
  expect(line).toMatch(/^portcullis: cannot listen on 127\.0\.0\.1:21: permission denied\. Run as/)
})

/** The commands of a packet log, and what was refused. */
function decisionsOf(log: string): readonly string[] {
  const records = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
  return records.flatMap(({ type, verb = '', verdict, reason }) => {
    if (type === 'control.command') return [verb]
    return type === 'verdict' && verdict !== 'note' ? [`${verdict} ${reason}`] : []
  })
}

/** What it says when it cannot start: exit code 1, nothing on standard output, no stack trace. */
async function failure(args: readonly string[]): Promise<string> {
  const cwd = await temporaryFolder()
  const { code, stdout, stderr } = await portcullis(['run', ...args, '--log-level', 'fatal'], {
    cwd,
  })
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^\s+at /m)
  return stderr
}

async function loopback(): Promise<Endpoint> {
  return endpoint(ip('127.0.0.1'), port(await freePort('127.0.0.1')))
}
