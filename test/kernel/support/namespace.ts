/**
 * Network namespaces: made and removed with `ip netns`, entered with setns(2). The main thread of a
 * test enters one for good, so that its clients, in this process and as children, are inside; what
 * belongs into another namespace is made within a synchronous excursion. A socket stays in the
 * namespace in which it was made.
 */
import { join } from 'node:path'
import { type ChildProcess, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs'
import {
  type ListenOptions,
  type Server,
  type Socket,
  type TcpNetConnectOpts,
  connect,
} from 'node:net'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { IpFamily } from '../../../src/net/ip.ts'
import { type Port, toPort } from '../../../src/net/port.ts'
import { checked, library } from '../../../src/shell/native/libc.ts'
import type { Host } from '../../support/peers/host.ts'

const CLONE_NEWNET = 0x40000000
const FOLDER = '/run/netns'
/** Names carry the process that made them, so that those of a killed one can be told. */
const PREFIX = 'portcullis-lab-'
const COMMAND_TIMEOUT_MS = 20_000
/** The state LISTEN in /proc/net/tcp. */
const LISTENING = '0A'

export class Namespace implements Host {
  readonly name: string

  constructor(role: string) {
    this.name = `${PREFIX}${process.pid}-${randomBytes(3).toString('hex')}-${role}`
    run('ip', ['netns', 'add', this.name])
  }

  get path(): string {
    return `${FOLDER}/${this.name}`
  }

  command(
    program: string,
    args: readonly string[],
  ): { readonly program: string; readonly args: readonly string[] } {
    return { program: 'nsenter', args: [`--net=${this.path}`, '--', program, ...args] }
  }

  /** Ports are never free by chance here: whoever starts a server names one. */
  freePort(): Promise<never> {
    return Promise.reject(new Error('in a namespace every port is free: name one'))
  }

  /** Without a connection, which not every server takes lightly and not every route carries. */
  isListening(child: ChildProcess, at: Endpoint): Promise<boolean> {
    const tables = ['tcp', 'tcp6'].map((name) => `/proc/${child.pid ?? 0}/net/${name}`)
    const suffix = `:${at.port.toString(16).toUpperCase().padStart(4, '0')}`
    return Promise.resolve(
      tables.some((path) =>
        linesOf(path).some((line) => {
          const [, local = '', , state] = line.trim().split(/\s+/)
          return state === LISTENING && local.endsWith(suffix)
        }),
      ),
    )
  }

  /** Runs a program to its end and answers its standard output; throws when it fails. */
  run(program: string, args: readonly string[], input = ''): string {
    const command = this.command(program, args)
    return run(command.program, command.args, input)
  }

  /** Commands of `ip`, each without the word `ip`. */
  ip(commands: readonly string[], family: IpFamily = 4): void {
    run('ip', [`-${family}`, '-n', this.name, '-batch', '-'], commands.join('\n'))
  }

  nft(text: string): string {
    return this.run('nft', ['-f', '-'], text)
  }

  /** Does `act` with this thread inside. What `act` begins and ends later is not inside. */
  within<T>(act: () => T): T {
    const home = openSync('/proc/thread-self/ns/net', 'r')
    try {
      this.enter()
      return act()
    } finally {
      setNamespace(home)
      closeSync(home)
    }
  }

  /** Moves this thread in. */
  enter(): void {
    const descriptor = openSync(this.path, 'r')
    try {
      setNamespace(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Makes `server` listen inside; on every address, because naming one would take a turn. */
  listen(server: Server, options: Pick<ListenOptions, 'port' | 'ipv6Only'>): void {
    this.within(() => server.listen(options))
  }

  /**
   * Connects from inside, to a numeric address. Node makes such a socket in a tick of its own, and
   * ticks come in the order in which they were asked for.
   */
  connect(options: TcpNetConnectOpts): Socket {
    let home: number | undefined
    process.nextTick(() => {
      home = openSync('/proc/thread-self/ns/net', 'r')
      this.enter()
    })
    const socket = connect(options)
    process.nextTick(() => {
      if (home === undefined) return
      setNamespace(home)
      closeSync(home)
    })
    return socket
  }

  remove(): void {
    run('ip', ['netns', 'delete', this.name])
  }
}

/** Why namespaces cannot be made here, or `undefined` when they can. */
export function namespaceProblem(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux'
  if (process.getuid?.() !== 0) return 'only root can make network namespaces'
  const missing = ['ip', 'nft', 'nsenter'].find(
    (name) => !['/usr/sbin', '/usr/bin', '/sbin'].some((folder) => existsSync(`${folder}/${name}`)),
  )
  if (missing !== undefined) return `the program ${missing} is not installed`
  try {
    new Namespace('try').remove()
    return undefined
  } catch (error) {
    return `no network namespace can be made: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Removes what killed test processes left behind. */
export function sweepNamespaces(): void {
  if (!existsSync(FOLDER)) return
  for (const name of readdirSync(FOLDER)) {
    const owner = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : undefined
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    try {
      run('ip', ['netns', 'delete', name])
    } catch (error) {
      // Test files run side by side: another may have been faster.
      if (existsSync(join(FOLDER, name))) throw error
    }
  }
}

/** The port a server was given. */
export function portOf(server: Server): Port {
  const address = server.address()
  const found = typeof address === 'object' && address !== null ? toPort(address.port) : undefined
  if (found === undefined) throw new Error('the server does not listen')
  return found
}

function setNamespace(descriptor: number): void {
  const setns = library('libc.so.6').func('int setns(int fd, int nstype)')
  checked('setns', setns(descriptor, CLONE_NEWNET) as number)
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1)
  } catch {
    return []
  }
}

function run(program: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync(program, args, {
      input,
      encoding: 'utf8',
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new Error(`${program} ${args.join(' ')}: ${said === '' ? String(error) : said}`, {
      cause: error,
    })
  }
}
