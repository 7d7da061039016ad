import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { adminSocketPath } from '../../src/cli/ports.ts'
import { FtpClient } from '../../src/demo/client.ts'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { sessionId } from '../../src/engine/id.ts'
import { endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { startAdminSocket } from '../../src/shell/admin/admin-socket.ts'
import { portsReport } from '../../src/shell/admin/ports-report.ts'
import { freePort } from '../support/proxy-in-process.ts'
import { ports } from '../support/rules.ts'
import { Program, portcullis, temporaryFolder } from './program.ts'

const LOOPBACK = ip('127.0.0.1')

const REPORT = portsReport({
  ruleset: { passivePorts: ports('50000-50099'), listeners: [] },
  uses: [
    {
      state: 'leased',
      holder: ip('192.0.2.7'),
      local: ip('203.0.113.5'),
      port: port(50_017),
      session: sessionId('s1'),
    },
  ],
  openRanges: [],
  reserved: [],
})

describe('a running process', () => {
  test('is asked, and its ports are shown', async () => {
    const path = await answering(() => REPORT)
    expect(await portcullis(['ports', '--socket', path])).toEqual({
      code: 0,
      stdout: [
        'passive-ports 50000-50099  100 ports for each client',
        '  HELD BY    AT           USED        PORTS',
        '  192.0.2.7  203.0.113.5    1 of 100  50017 s1 (waiting)',
        '',
      ].join('\n'),
      stderr: '',
    })
  })

  test('is asked for JSON', async () => {
    const path = await answering(() => REPORT)
    const { code, stdout } = await portcullis(['ports', '--json', '--socket', path])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(REPORT)))
  })

  // Where it is looked for when nobody says: test/shell/admin/socket-path.test.ts. As root that is one
  // place for the whole host, where a process of another test may answer.
  test('that is not there is told, with its place', async () => {
    const path = join(await temporaryFolder(), 'admin.sock')
    const { code, stdout, stderr } = await portcullis(['ports', '--socket', path])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(`portcullis: no process answers at ${path}. Is it`)
  })

  test('of another version is not understood', async () => {
    const path = await answering(() => ({ ports: 'many' }))
    expect(await portcullis(['ports', '--socket', path])).toEqual({
      code: 1,
      stdout: '',
      stderr: `portcullis: the process at ${path} answers as another version of Portcullis would\n`,
    })
  })
})

describe('portcullis run', () => {
  test('answers: a client waits for a connection to one port, and another one rests', async () => {
    const cwd = await temporaryFolder()
    const server = await startFtpServer({ root: demoFiles(), host: '127.0.0.1' })
    onTestFinished(() => server.close())
    const listen = endpoint(LOOPBACK, port(await freePort('127.0.0.1')))
    const rules = `
version: 1
listeners: [{ name: door, listen: "${formatEndpoint(listen)}", server: "${formatEndpoint(server.endpoint)}" }]
passive-ports: 31000-31099
rules:
  - { permit: control, from: any, to: any }
  - { permit: passive-data, from: any, to: any }
`
    await writeFile(join(cwd, 'rules.yaml'), rules, { mode: 0o600 })
    const path = join(cwd, 'admin.sock')
    const program = new Program(
      ['run', 'rules.yaml', '--packet-log', '-', '--admin-socket', path],
      { cwd },
    )
    await program.says(/listening on/)
    const shown = async (): Promise<string> => {
      const { code, stdout, stderr } = await portcullis(['ports', '--socket', path])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout
    }
    await vi.waitFor(async () => expect(await shown()).toContain('nobody uses any'), 10_000)

    const client = await FtpClient.connect(listen)
    onTestFinished(() => client.close())
    expect((await client.nextReply()).code).toBe(220)
    await client.expect('USER me', 331)
    await client.expect('PASS me', 230)
    const first = announced(await client.expect('PASV', 227))
    expect(await shown()).toMatch(
      new RegExp(
        `^  127\\.0\\.0\\.1  127\\.0\\.0\\.1 +1 of 100  ${first} \\S+-1 \\(waiting\\)$`,
        'm',
      ),
    )
    const second = announced(await client.expect('PASV', 227))
    expect(second).not.toBe(first)
    expect(await shown()).toMatch(
      new RegExp(` 2 of 100  ${second} \\S+-1 \\(waiting\\), 1 resting$`, 'm'),
    )

    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    expect((await portcullis(['ports', '--socket', path])).stderr).toMatch(
      /^portcullis: no process/,
    )
  })

  test('does not start without the socket that it was told to open', async () => {
    const cwd = await temporaryFolder()
    await mkdir(join(cwd, 'shared'))
    await chmod(join(cwd, 'shared'), 0o777)
    const path = join(cwd, 'shared', 'admin.sock')
    const { code, stderr } = await portcullis(
      ['run', ...(await door()), '--admin-socket', path, '--log-level', 'fatal'],
      { cwd },
    )
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `portcullis: cannot open the admin socket ${path}: others may write to its folder ${join(cwd, 'shared')}\n`,
    })
  })

  test('starts without the usual one, and warns', async ({ skip }) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'portcullis'), 'in the way of the folder', { mode: 0o644 })
    await chmod(cwd, 0o755)
    // Root's socket has its place whatever the environment says.
    const nobody = { cwd, env: { XDG_RUNTIME_DIR: cwd }, ...(isRoot() ? { uid: 65_534 } : {}) }
    const works = await portcullis(['--version'], nobody).catch(() => undefined)
    skip(works?.code !== 0, 'the program lies where only root may read it')
    const program = new Program(['run', ...(await door()), '--log-level', 'warn'], nobody)
    await program.says(/"level":"warn".*cannot open the admin socket .*portcullis ports cannot ask/)
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})

test('the place of the socket follows from the user', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1000')
  onTestFinished(() => void vi.unstubAllEnvs())
  const user = vi.spyOn(process, 'geteuid')
  onTestFinished(() => user.mockRestore())
  user.mockReturnValue(1000)
  expect(adminSocketPath()).toBe('/run/user/1000/portcullis/admin.sock')
  vi.stubEnv('XDG_RUNTIME_DIR', undefined)
  expect(adminSocketPath()).toBe(join(tmpdir(), 'portcullis-1000', 'admin.sock'))
  user.mockReturnValue(0)
  expect(adminSocketPath()).toBe('/run/portcullis/admin.sock')
})

async function answering(answer: () => object): Promise<string> {
  const path = join(await temporaryFolder(), 'admin.sock')
  const socket = await startAdminSocket({ path, answer })
  onTestFinished(() => socket.close())
  return path
}

/** A front door before nothing. */
async function door(): Promise<readonly string[]> {
  const listen = `127.0.0.1:${await freePort('127.0.0.1')}`
  return ['--listen', listen, '--server', '127.0.0.1:9', '--packet-log', '-']
}

function announced({ lines }: Awaited<ReturnType<FtpClient['expect']>>): number {
  const [, high, low] = /,(\d+),(\d+)\)/.exec(lines[0] ?? '') ?? []
  return Number(high) * 256 + Number(low)
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
