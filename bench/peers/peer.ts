/**
 * What Portcullis is compared with: programs and kernel features that stand between a client and a
 * server in the same three network namespaces. Each kind has a file of its own, which knows its
 * configuration and nothing else.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Endpoint } from '../../src/net/endpoint.ts'
import type { Host } from '../../test/support/peers/host.ts'
import { endGroup } from '../../test/support/peers/program.ts'
import { accepting } from '../../test/support/peers/server.ts'
import type { Ground } from '../ground.ts'
import { PEERS_ROOT, libraryPath } from './install.ts'

/** Where a peer stands. */
export interface Place extends Ground {
  /** For configuration and logs; everybody may enter it. */
  readonly directory: string
}

export interface RunningPeer {
  /** Where clients connect to. */
  readonly target: Endpoint
  /** What clients say after USER. */
  readonly user: string
  /** Where clients run, when not where they usually do; they come from any address then. */
  readonly from?: Host
  /** The process whose group does the work; `undefined` where the kernel does it. */
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
}

export interface Peer {
  readonly name: string
  /** Whose address the server's 227 names: blind proxies need their own there. */
  readonly announces: 'server' | 'door'
  /** Its program among those that are unpacked, if it is one. */
  readonly program?: string
  /** Whether each session is a process: then thousands that do nothing are not tried. */
  readonly isForking?: boolean
  /** Whether it also runs without root, on loopback. */
  readonly isUnprivileged: boolean
  readonly start: (place: Place) => Promise<RunningPeer>
}

/** Passive ports of the fake server, and of those who lead them through as they are. */
export const PASSIVE_FIRST = 50_000
export const PASSIVE_LAST = 50_999
export const USER = 'bench'

export interface Program {
  readonly args: readonly string[]
  readonly target: Endpoint
  readonly user?: string
}

/** A peer that is an unpacked program. */
export function programPeer(
  name: string,
  traits: Omit<Peer, 'name' | 'start'> & { readonly program: string },
  configure: (place: Place) => Promise<Program>,
): Peer {
  const start = async (place: Place): Promise<RunningPeer> =>
    startProgram(place, pathOf(traits.program), await configure(place))
  return { ...traits, name, start }
}

/** Whether everything that it needs is there. */
export function isInstalled({ program }: Peer): boolean {
  return program === undefined || existsSync(pathOf(program))
}

function pathOf(program: string): string {
  return join(PEERS_ROOT, 'usr/sbin', program)
}

/** Runs on the firewall until it accepts. */
export async function startProgram(
  place: Place,
  path: string,
  program: Program,
): Promise<RunningPeer> {
  const { program: command, args } = place.firewall.command(path, program.args)
  const child = spawn(command, args, {
    cwd: place.directory,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', LD_LIBRARY_PATH: libraryPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  try {
    await accepting(child, [program.target], basename(path), place.firewall)
  } catch (error) {
    await endGroup(child)
    throw error
  }
  return {
    target: program.target,
    user: program.user ?? USER,
    pid: child.pid,
    stop: () => endGroup(child),
  }
}

/** A folder that the unprivileged users of proxies may enter. */
export async function openDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-bench-'))
  await chmod(path, 0o755)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
