/**
 * A live session's log and a replay of its packets tell the same story: a real server and client,
 * the built proxy between them, tcpdump on the wire. `audit session` draws the log, `replay` the
 * capture, and the two ladders are equal but for
 *
 * - times and durations, which are of two clocks: that of the proxy and that of the kernel;
 * - the name of the session, which a capture does not hold;
 * - the order of rows of a data connection among the replies between two commands. They are of
 *   different TCP connections, and what arrives at the same moment on two of them the proxy may read
 *   in either order (`226` and the last FIN of the file). Rows of the data connection stay in their
 *   order, and so do those of the control connection. No row may pass a command: the client sends
 *   one only when the log has what happened before, the end of the last transfer and, in passive
 *   mode, the data connection of the next.
 *
 * Byte counts, ports, addresses, TLS details, verdicts and everything else have to agree.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type TestContext, afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Ip, ip } from '../../src/net/ip.ts'
import { captureLoopback, tcpdumpProblem } from '../support/loopback-capture.ts'
import type { Announcement } from '../support/peers/client.ts'
import { python } from '../support/peers/program.ts'
import { FILES_FOLDER, type RunningServer, startServer } from '../support/peers/server.ts'
import type { TlsStep } from '../support/peers/tls-client.ts'
import { type CccSession, runCccSessions } from '../support/peers/tls-clients/ccc.ts'
import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import { type RunningTlsServer, startTlsServer } from '../support/peers/tls/tls-server.ts'
import { VSFTPD } from '../support/peers/vsftpd.ts'
import {
  type TlsProxyProcess,
  startTlsProxy,
  tlsProxyProblem,
} from '../support/tls-proxy-process.ts'
import { REMOTE, serveFiles } from './files.ts'
import { loopbackSource } from './front.ts'

/** Addresses of this file alone: the capture holds nothing else. */
const SERVER: Ip = ip('127.0.21.2')
const PROXY: Ip = ip('127.0.21.3')
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
const TIMEOUT_MS = 60_000
const UPLOAD = 'uploaded-here.bin'

interface Laboratory {
  readonly server: RunningServer & Partial<Pick<RunningTlsServer, 'authority'>>
  readonly proxy: TlsProxyProcess
}

interface Seen {
  readonly live: readonly string[]
  readonly replayed: readonly string[]
}

const run = promisify(execFile)

function requireAll(context: TestContext, ...problems: readonly (string | undefined)[]): void {
  const problem = problems.find((one) => one !== undefined)
  if (problem === undefined) return
  const cause = inject('peersProblem')
  const reason = cause === '' ? problem : `${problem} (${cause})`
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(reason)
  context.skip(reason)
}

function commonProblem(): string | undefined {
  const noPython = python() === undefined ? 'there is no /usr/bin/python3' : undefined
  return tcpdumpProblem() ?? tlsProxyProblem() ?? noPython
}

async function open(server: Laboratory['server']): Promise<Laboratory> {
  await serveFiles(server.root)
  const { endpoint, passivePorts } = server
  const door = { server: endpoint, tls: 'explicit', serverPassivePorts: passivePorts } as const
  return { server, proxy: await startTlsProxy(PROXY, [door]) }
}

async function close(laboratory: Laboratory | undefined): Promise<void> {
  await laboratory?.proxy.stop()
  await laboratory?.server.stop()
}

/** One session of the given kind, seen twice. */
async function seen(
  { server, proxy }: Laboratory,
  session: Pick<CccSession, 'security' | 'version' | 'protection' | 'ending'>,
  announcements: readonly Announcement[],
): Promise<Seen> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-ladder-'))
  try {
    const capture = join(directory, 'session.pcap')
    const tcpdump = await captureLoopback(capture, [SERVER, PROXY])
    await writeFile(join(directory, 'to-upload'), Buffer.alloc(100_000, 'portcullis '))
    const [endpoint] = proxy.endpoints
    if (endpoint === undefined) throw new Error('the proxy has one door')
    const before = (await readFile(proxy.packetLog, 'latin1')).split('\n').length
    const plan: CccSession = {
      ...session,
      endpoint,
      source: loopbackSource(endpoint),
      user: server.user,
      password: server.password,
      folder: FILES_FOLDER,
      announcement: 'PASV',
      family: 4,
      directory,
      timeoutMs: TIMEOUT_MS,
      authority: server.authority ?? '',
      log: proxy.packetLog,
      steps: announcements.flatMap((announcement): TlsStep[] => [
        { type: 'download', remote: REMOTE['1 MiB'], local: 'downloaded', announcement },
        {
          type: 'upload',
          remote: `${announcement}-${before}-${UPLOAD}`,
          local: 'to-upload',
          announcement,
        },
      ]),
    }
    const outcome = await runCccSessions([plan], { cwd: directory, timeoutMs: TIMEOUT_MS })
    const id = await closedSession(proxy.packetLog, plan.source)
    await tcpdump.stop()
    expect(outcome.status, outcome.text).toBe(0)
    const rules = join(dirname(proxy.packetLog), 'rules.yaml')
    const audited = await portcullis('audit', 'session', id, proxy.packetLog, '--format', 'ladder')
    const replayed = await portcullis('replay', capture, '--rules', rules, '--format', 'ladder')
    return { live: ladderOf(audited), replayed: ladderOf(replayed) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function portcullis(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args], { timeout: TIMEOUT_MS })
  return stdout
}

/** The session of that client, once it is over: others came to see whether the proxy is there. */
async function closedSession(log: string, client: string | undefined): Promise<string> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const line = (await readFile(log, 'utf8'))
      .split('\n')
      .findLast(
        (one) => one.includes('"type":"session.close"') && one.includes(`"client":"${client}:`),
      )
    const id = line === undefined ? undefined : /"session":"([^"]+)"/.exec(line)?.[1]
    if (id !== undefined) return id
    await sleep(20)
  }
  throw new Error('the session does not end')
}

/** From the heading of the session to its totals. */
function ladderOf(text: string): readonly string[] {
  const rows = text.split('\n')
  const first = rows.findIndex((row) => /── session \S+ /.test(row))
  const last = rows.findIndex((row) => /── session \S+ ends: /.test(row))
  if (first === -1 || last === -1) throw new Error(`no ladder of a whole session:\n${text}`)
  return byConnection(rows.slice(first, last + 2).map(timeless))
}

function timeless(row: string): string {
  return (
    row
      .replace(/^( +)\d+\.\d{3} s( · \d+ commands?)/, '$1duration$2')
      .replace(/^ *\d+\.\d{3}(?= )/, (time) => ' '.repeat(time.length))
      .replace(/── session \S+/, '── session')
      .replace(/ · \d{4}-\d\d-\d\dT[\d:.]+Z/, '')
      .replace(/═+ \d+\.\d{3} s ═+/, '══ duration ══')
      // A rule is as long as its title leaves room for.
      .replace(/ ─+$/, '')
  )
}

/** Between two commands first the rows of the control connection, then those of data connections. */
function byConnection(rows: readonly string[]): readonly string[] {
  const ordered: string[] = []
  let data: string[] = []
  for (const row of rows) {
    if (isData(row)) {
      data.push(row)
      continue
    }
    if (isCommand(row)) {
      ordered.push(...data)
      data = []
    }
    ordered.push(row)
  }
  return [...ordered, ...data]
}

function isData(row: string): boolean {
  return row.includes('═╪═') || row.includes('═╪▶') || row.includes('◀╪═') || row.includes('● p')
}

function isCommand(row: string): boolean {
  return /^\s+[A-Z]{3,4}\b.*─┼─|── session/.test(row)
}

describe('a clear session of vsftpd', () => {
  let laboratory: Laboratory | undefined
  beforeAll(async () => {
    if ((VSFTPD.problem() ?? commonProblem()) === undefined)
      laboratory = await open(await startServer(VSFTPD, SERVER))
  })
  afterAll(() => close(laboratory))

  test('with PASV, EPSV, PORT and EPRT', async (context) => {
    requireAll(context, VSFTPD.problem(), commonProblem())
    if (laboratory === undefined) throw new Error('nothing was started')
    const session = {
      security: 'clear',
      version: '1.2',
      protection: 'C',
      ending: 'answered',
    } as const
    const { live, replayed } = await seen(laboratory, session, ['PASV', 'EPSV', 'PORT', 'EPRT'])
    expect(replayed).toEqual(live)
    expect(live.filter((row) => row.includes('1,048,576 bytes'))).toHaveLength(4)
    expect(live.filter((row) => row.includes(' 100,000 bytes'))).toHaveLength(4)
  })
})

describe('sessions of ProFTPD that use CCC', () => {
  let laboratory: Laboratory | undefined
  beforeAll(async () => {
    if ((PROFTPD_TLS.plain.problem() ?? commonProblem()) !== undefined) return
    const settings = { begins: 'explicit', requiresReuse: true } as const
    laboratory = await open(await startTlsServer(PROFTPD_TLS, SERVER, settings))
  })
  afterAll(() => close(laboratory))

  test('AUTH TLS, CCC, then PASV, EPSV and PORT', async (context) => {
    requireAll(context, PROFTPD_TLS.plain.problem(), commonProblem())
    if (laboratory === undefined) throw new Error('nothing was started')
    const session = { security: 'ccc', version: '1.3', protection: 'P', ending: 'joined' } as const
    const { live, replayed } = await seen(laboratory, session, ['PASV', 'EPSV', 'PORT'])
    expect(replayed).toEqual(live)
    expect(live.some((row) => row.includes('opaque from here'))).toBe(true)
    expect(live.some((row) => row.includes('both sides readable'))).toBe(true)
  })
})
