import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { adminSocketPath } from '../../src/cli/ports.ts'
import { sessionId } from '../../src/engine/id.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { startAdminSocket } from '../../src/shell/admin/admin-socket.ts'
import { portsReport } from '../../src/shell/admin/ports-report.ts'
import { ports } from '../support/rules.ts'
import { portcullis, temporaryFolder } from './program.ts'

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

  test('is found where one of this user is, when nobody says where', async () => {
    const folder = await temporaryFolder()
    const env = { XDG_RUNTIME_DIR: folder, TMPDIR: folder }
    const { code, stdout, stderr } = await portcullis(['ports'], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    const place = process.getuid?.() === 0 ? '/run' : folder
    expect(stderr).toMatch(
      `portcullis: no process answers at ${place}/portcullis/admin.sock. Is it`,
    )
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
