/** `run` on a firewall of three hosts: what it puts into the kernel, whom it becomes, what it leaves. */
import { once } from 'node:events'
import { chmodSync, chownSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { requireNamespaces, routingOf, SERVER, serve, useLab } from '../shell/intercept/lab.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

vi.setConfig({ testTimeout: 60_000 })
const lab = useLab()
beforeEach(requireNamespaces)

const NOBODY = 65_534
const ACCOUNTING = '/proc/sys/net/netfilter/nf_conntrack_acct'
const RESERVED = '/proc/sys/net/ipv4/ip_local_reserved_ports'
/** CAP_NET_BIND_SERVICE and CAP_NET_ADMIN. */
const KEPT = ((1 << 10) | (1 << 12)).toString(16).padStart(16, '0')

const TPROXY = `version: 1
data-path: kernel
reserve-ports: true
passive-ports: 50000-50099
profiles: { default: { opaque-data: deny } }
listeners:
- name: gateway
  listen: "[::]:2121"
  intercept: tproxy
  server: original-destination
  keep-client-address: true
rules:
- { permit: control, from: any, to: any, port: 21 }
- { permit: active-data, from: any, from-port: 20, to: any, port: 1024-65535 }
- { permit: passive-data, from: any, to: any, port: 1024-65535 }
`

/** Everything of the firewall that a run may touch. */
function host(): string {
  const { firewall } = lab()
  return [
    firewall.run('nft', ['list', 'ruleset']),
    routingOf(firewall),
    readFileSync(ACCOUNTING, 'utf8'),
    readFileSync(RESERVED, 'utf8'),
  ].join('\n')
}

interface Started {
  readonly program: Program
  readonly folder: string
  readonly pid: number
}

/** In a folder that belongs to nobody, as a log folder belongs to the service. */
async function start(...more: readonly string[]): Promise<Started> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'rules.yaml'), TPROXY, { mode: 0o644 })
  chmodSync(folder, 0o755)
  chownSync(folder, NOBODY, NOBODY)
  const options = ['--packet-log', 'log.jsonl', '--admin-socket', join(folder, 'admin.sock')]
  const program = new Program(['run', 'rules.yaml', '--install-intercept', ...options, ...more], {
    cwd: folder,
  })
  await program.says(more.includes('--user') ? /now running as/ : /interception installed/)
  return { program, folder, pid: program.pid }
}

test('K15 as another user it keeps what it needs, carries a session, and takes everything away', async () => {
  const before = host()
  const behind = serve(lab().server, 21)
  const { program, folder, pid } = await start('--user', 'nobody')
  const during = host()
  for (const part of ['table inet portcullis {', 'table inet portcullis_intercept', 'lookup 2121'])
    expect(during).toContain(part)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  expect(status).toMatch(new RegExp(`^Uid:\\s+${NOBODY}\\s+${NOBODY}\\s+${NOBODY}\\s`, 'm'))
  for (const name of ['CapPrm', 'CapEff', 'CapBnd'])
    expect(status).toMatch(new RegExp(`^${name}:\\s+${KEPT}$`, 'm'))
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
  for (const id of readdirSync(`/proc/${pid}/task`).filter((task) => Number(task) !== pid))
    expect(readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m)

  // A transparent socket is made after root was given up.
  const client = lab().client.connect({ host: SERVER[4], port: 21 })
  onTestFinished(() => void client.destroy())
  await once(client, 'connect')
  await until(() => behind.sockets.length === 1)
  behind.sockets[0]?.write('220 hello\r\n')
  const [greeting] = (await once(client, 'data')) as [Buffer]
  expect(greeting.toString()).toMatch(/^220 /)

  const asked = await portcullis(['ports', '--json', '--socket', join(folder, 'admin.sock')])
  expect(JSON.parse(asked.stdout)).toMatchObject({
    ranges: [{ key: 'passive-ports', size: 100, isReserved: true, holders: [] }],
  })

  const log = join(folder, 'log.jsonl')
  expect(statSync(log).uid).toBe(NOBODY)
  renameSync(log, `${log}.1`)
  program.kill('SIGUSR2')
  await program.says(/packet log reopened/)
  program.kill('SIGHUP')
  await program.says(/rules reloaded/)
  program.kill('SIGTERM')
  const { code, stderr } = await program.ended
  expect(stderr).not.toMatch(/"level":"(?:warn|error)"/)
  expect(code).toBe(0)
  expect(host()).toBe(before)
  expect(readFileSync(log, 'utf8')).toContain('"type":"log.stop"')
})

test('after a kill the next one takes over, and takes everything away', async () => {
  const { program } = await start()
  program.kill('SIGKILL')
  await program.ended
  expect(host()).toContain('table inet portcullis {')
  const again = await start()
  again.program.kill('SIGTERM')
  expect((await again.program.ended).code).toBe(0)
  const after = host()
  for (const part of ['portcullis', 'lookup 2121', 'table 2121']) expect(after).not.toContain(part)
})

test('a start that fails leaves nothing behind', async () => {
  const before = host()
  const behind = serve(lab().firewall, 2121)
  expect(behind.sockets).toEqual([])
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'rules.yaml'), TPROXY, { mode: 0o600 })
  const args = ['run', 'rules.yaml', '--install-intercept', '--packet-log', '-']
  const { code, stderr } = await portcullis(args, { cwd: folder })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^portcullis: cannot listen on \[::\]:2121: the port is in use/m)
  expect(host()).toBe(before)
})

test('a log that the user could not open again is one line, before anything is changed', async () => {
  const before = host()
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'rules.yaml'), TPROXY, { mode: 0o600 })
  const args = ['run', 'rules.yaml', '--user', 'nobody', '--log-level', 'error']
  const log = join(folder, 'log.jsonl')
  const { code, stderr } = await portcullis([...args, '--packet-log', log], { cwd: folder })
  expect(code).toBe(1)
  expect(stderr).toBe(
    `portcullis: packet log ${log} cannot be opened for appending: EACCES; ` +
      'it must be writable for the user portcullis runs as\n',
  )
  expect(host()).toBe(before)
})

test('a dry run changes nothing and needs no privilege', async ({ skip }) => {
  const before = host()
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'rules.yaml'), TPROXY, { mode: 0o644 })
  chmodSync(folder, 0o755)
  const nobody = { uid: NOBODY, cwd: folder }
  const works = await portcullis(['--version'], nobody).catch(() => undefined)
  skip(works?.code !== 0, 'the program lies where only root may read it')
  const { code, stdout, stderr } = await portcullis(['run', 'rules.yaml', '--dry-run'], nobody)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  for (const part of [
    'table inet portcullis {',
    'table inet portcullis_intercept',
    'ip -6 rule add',
  ])
    expect(stdout).toContain(part)
  expect(host()).toBe(before)
  expect(readdirSync(folder)).toEqual(['rules.yaml'])
})

test('without the privilege, the data path that needs none is named', async ({ skip }) => {
  const nobody = { uid: NOBODY, cwd: '/tmp' }
  const works = await portcullis(['--version'], nobody).catch(() => undefined)
  skip(works?.code !== 0, 'the program lies where only root may read it')
  const door = ['--listen', '127.0.0.1:2121', '--server', '192.0.2.7:21', '--data-path', 'kernel']
  const args = ['run', ...door, '--packet-log', '-', '--log-level', 'error']
  const { code, stderr } = await portcullis(args, nobody)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^portcullis: the kernel data path needs CAP_NET_ADMIN .*"data-path: relay"/,
  )
})

/** Waits for a condition, for ten seconds at the most. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1000 && !isTrue(); turns++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isTrue()).toBe(true)
}
