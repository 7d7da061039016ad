/**
 * Where the programs of the laboratory are, and how they are started and ended. Every program gets
 * a process group of its own, so that ending it ends its children; every wait has an end.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROJECT_ROOT } from '../project-root.ts'

export const PEERS_DIRECTORY: string = join(PROJECT_ROOT, '.peers')
export const PEERS_ROOT: string = join(PEERS_DIRECTORY, 'root')

/** What a program that ran to its end left behind. */
export interface Outcome {
  /** Exit status, or the signal's name; `timeout` when it had to be killed. */
  readonly status: number | string
  /** Standard output and standard error, in the order they arrived. */
  readonly text: string
}

/** An unpacked program, or `undefined` when there is none. */
export function peerProgram(name: string): string | undefined {
  return ['usr/sbin', 'usr/bin']
    .map((folder) => join(PEERS_ROOT, folder, name))
    .find((path) => existsSync(path))
}

/** The system's own program where it has one, else the unpacked one. */
export function systemProgram(name: string, unpackedName: string = name): string | undefined {
  const path = join('/usr/bin', name)
  return existsSync(path) ? path : peerProgram(unpackedName)
}

/**
 * `/usr/bin/python3` and no other: another Python on PATH may be too new for pyftpdlib 1.5, which
 * imports asyncore, gone from Python 3.12.
 */
export function python(): string | undefined {
  return systemProgram('python3', 'python3.11')
}

/** A small environment: no proxy settings, no user's own configuration files. */
export function peerEnvironment(home: string): NodeJS.ProcessEnv {
  const folders = ['usr/lib', 'lib'].flatMap((folder) => libraryFolders(join(PEERS_ROOT, folder)))
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    LD_LIBRARY_PATH: folders.join(delimiter),
    PYTHONPATH: join(PEERS_ROOT, 'usr/lib/python3/dist-packages'),
    PYTHONDONTWRITEBYTECODE: '1',
  }
}

/** Debian's multi-architecture folders, such as `usr/lib/x86_64-linux-gnu`. */
function libraryFolders(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(folder, name))
}

/** Ends a program and its children: politely, then by force. Done when it is reaped. */
export async function endGroup(child: ChildProcess, graceMs: number = 3_000): Promise<void> {
  if (child.pid === undefined) return
  const gone = exited(child)
  signalGroup(child, 'SIGTERM')
  await Promise.race([gone, sleep(graceMs, undefined, { ref: false })])
  // Children may outlive their parent: the group is killed whether or not the parent has gone.
  signalGroup(child, 'SIGKILL')
  await gone
}

/** Settles when the process has ended, at once when it already has. */
export function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

export interface RunOptions {
  readonly cwd: string
  readonly timeoutMs: number
  /** Written to standard input, which is then closed. */
  readonly input?: string
  readonly environment?: NodeJS.ProcessEnv
  /** Sees each chunk of output as it arrives. */
  readonly watch?: (chunk: Buffer, child: ChildProcess) => void
}

/** Output beyond this is dropped: a client that pours a file on its standard output has no end. */
const OUTPUT_BYTES_MAX = 1 << 20

/** Runs a program to its end, or kills it when its time is over. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...peerEnvironment(options.cwd), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const chunks: Buffer[] = []
  let kept = 0
  const keep = (chunk: Buffer): void => {
    if (kept < OUTPUT_BYTES_MAX) chunks.push(chunk)
    kept += chunk.length
    options.watch?.(chunk, child)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // A client that ends early leaves its script unread: EPIPE here is no news.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    void endGroup(child, 0)
  }, options.timeoutMs)
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  }).finally(() => clearTimeout(timer))
  // What is left of the group, such as a child that kept nothing of ours open.
  await endGroup(child, 0)
  return { status: timedOut ? 'timeout' : status, text: Buffer.concat(chunks).toString('latin1') }
}
