/**
 * A real FTP server of the laboratory: what a test sees of it, and how one is started and awaited.
 * Each kind of server has a file of its own that knows the program's configuration and nothing
 * else.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import type { Ip } from '../../../src/net/ip.ts'
import { type Port, type PortRange, port } from '../../../src/net/port.ts'
import { type Host, THIS_HOST, freePort } from './host.ts'
import { endGroup, exited, peerEnvironment } from './program.ts'

export { freePort }

export type ServerName = 'vsftpd' | 'proftpd' | 'pure-ftpd' | 'pyftpdlib'

/** Where a server is to listen and what it serves: the input of its configuration. */
export interface ServerPlan {
  readonly endpoint: Endpoint
  readonly passivePorts: PortRange
  /** For configuration, user database and run-time files. */
  readonly directory: string
  /** The user's login directory. It holds {@link FILES_FOLDER}, which the user may write to. */
  readonly loginDirectory: string
}

/** How to run a server: what its file answers when given a plan. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
}

export interface ServerKind {
  readonly name: ServerName
  readonly user: string
  readonly password: string
  /** Why it cannot run on this machine, or `undefined` when it can. */
  readonly problem: () => string | undefined
  /** Writes what the program reads and says how to start it. */
  readonly prepare: (plan: ServerPlan) => Promise<ServerCommand>
}

export interface RunningServer {
  readonly name: ServerName
  readonly endpoint: Endpoint
  readonly user: string
  readonly password: string
  readonly passivePorts: PortRange
  /** The folder on disk that the user sees as {@link FILES_FOLDER}. */
  readonly root: string
  readonly stop: () => Promise<void>
}

/**
 * Files live one folder below the login directory: vsftpd refuses an anonymous user whose own root
 * is writable, and a path with a folder in it is the commoner case anyway.
 */
export const FILES_FOLDER = 'pub'

/** Everything is served to and written by this password; the hash below is of it. */
export const PASSWORD = 'portcullis'

/** SHA-512 crypt of {@link PASSWORD}: fast to check, where Pure-FTPd's own Argon2 takes 0.5 s. */
export const PASSWORD_HASH =
  '$6$portcullis$I2PNHjvJzkp9CulIcTNhw6EDUGBzCha0PbP5J1smkPMwuIgI3KcH2ytwWMZGTRMJUfbaaWJ5oNVgxiqeDCxu80'

/** Who owns uploaded files: an unprivileged account where root runs the server. */
export const OWNER: { readonly uid: number; readonly gid: number } =
  process.getuid?.() === 0
    ? { uid: 65_534, gid: 65_534 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

export const isRoot: boolean = process.getuid?.() === 0

const READY_TIMEOUT_MS = 15_000
const POLL_MS = 25
const PASSIVE_PORTS_EACH = 100
/** Above Linux's default ephemeral range, which ends at 60999. */
const PASSIVE_PORTS_FIRST = 61_000
const PASSIVE_SLOTS = Math.floor((65_535 - PASSIVE_PORTS_FIRST) / PASSIVE_PORTS_EACH)

/** Two laboratories on one machine start at different slots. */
let nextSlot = process.pid % PASSIVE_SLOTS

/** What {@link startServer} is told only where it is not to choose. */
export interface ServerPlace {
  readonly host: Host
  readonly port: Port
  readonly passivePorts: PortRange
}

/** Starts a server and waits until it accepts: on this host, on ports that are free. */
export async function startServer(
  kind: ServerKind,
  address: Ip,
  place: Partial<ServerPlace> = {},
): Promise<RunningServer> {
  const host = place.host ?? THIS_HOST
  const directory = await mkdtemp(join(tmpdir(), `portcullis-${kind.name}-`))
  const loginDirectory = join(directory, 'login')
  const root = join(loginDirectory, FILES_FOLDER)
  await mkdir(root, { recursive: true })
  // The server's own user must get through: mkdtemp makes a folder for its owner alone.
  await chmod(directory, 0o755)
  await chmod(loginDirectory, 0o755)
  await chmod(root, 0o777)
  const plan: ServerPlan = {
    endpoint: endpoint(address, place.port ?? (await host.freePort(address))),
    passivePorts: place.passivePorts ?? leasePassivePorts(),
    directory,
    loginDirectory,
  }
  const prepared = await kind.prepare(plan)
  const { program, args } = host.command(prepared.program, prepared.args)
  const child = spawn(program, args, {
    cwd: directory,
    env: peerEnvironment(directory),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const stop = async (): Promise<void> => {
    await endGroup(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await accepting(child, plan.endpoint, kind.name, host)
  } catch (error) {
    await stop()
    throw error
  }
  const { user, password } = kind
  return {
    name: kind.name,
    endpoint: plan.endpoint,
    user,
    password,
    passivePorts: plan.passivePorts,
    root,
    stop,
  }
}

/** Waits until the program listens wherever it is to; fails at once when it ends. */
export async function accepting(
  child: ChildProcess,
  at: Endpoint | readonly Endpoint[],
  name: string,
  host: Host = THIS_HOST,
): Promise<void> {
  let said = ''
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString('latin1')).slice(-2_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const waiting = 'address' in at ? [at] : [...at]
  let hasEnded = false
  void exited(child).then(() => {
    hasEnded = true
  })
  for (let waited = 0; waited < READY_TIMEOUT_MS; waited += POLL_MS) {
    if (hasEnded) throw new Error(`${name} ended before it listened: ${said.trim()}`)
    while (waiting[0] !== undefined && (await host.isListening(child, waiting[0]))) waiting.shift()
    if (waiting.length === 0) return
    await sleep(POLL_MS)
  }
  const missing = waiting.map(formatEndpoint).join(', ')
  throw new Error(`${name} does not listen on ${missing}: ${said.trim()}`)
}

function leasePassivePorts(): PortRange {
  const first = PASSIVE_PORTS_FIRST + nextSlot * PASSIVE_PORTS_EACH
  nextSlot = (nextSlot + 1) % PASSIVE_SLOTS
  return { first: port(first), last: port(first + PASSIVE_PORTS_EACH - 1) }
}
