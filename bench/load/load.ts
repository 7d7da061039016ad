/** The load generator and the fake server, built from C when a benchmark begins. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { PROJECT_ROOT } from '../../test/support/project-root.ts'
import type { Host } from '../../test/support/peers/host.ts'
import { endGroup, exited, runProgram } from '../../test/support/peers/program.ts'
import { accepting } from '../../test/support/peers/server.ts'
import { PASSIVE_FIRST, PASSIVE_LAST } from '../peers/peer.ts'

/** Whom a generator talks to. */
export interface Target {
  readonly host: Host
  readonly target: Endpoint
  readonly user: string
  /** Where sessions of many come from; from wherever the system likes when there are none. */
  readonly sources: readonly string[]
}

export interface SessionsRun {
  readonly sessions: number
  readonly failed: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface NoopRun {
  readonly failed: number
  readonly p50Us: number
  readonly p99Us: number
}

export interface StreamRun {
  readonly failed: number
  readonly bytes: number
  readonly seconds: number
}

export interface IdleRun {
  readonly sessions: number
  readonly failed: number
  readonly seconds: number
}

const SOURCE = join(PROJECT_ROOT, 'bench/load/ftpload.c')
const TIMEOUT_MS = 300_000

/** @throws Error with what the compiler said, or that there is none. */
export function buildLoad(directory: string): string {
  const program = join(directory, 'ftpload')
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-o', program, SOURCE])
  if (error !== undefined)
    throw new Error(`the load generator wants a C compiler: ${error.message}`, { cause: error })
  if (status !== 0) throw new Error(`the load generator does not compile: ${stderr.toString()}`)
  return program
}

export class Load {
  readonly #program: string

  constructor(program: string) {
    this.#program = program
  }

  /** A server whose 227 names `announced`. */
  async serve(host: Host, at: Endpoint, announced: string): Promise<() => Promise<void>> {
    const ports = [PASSIVE_FIRST, PASSIVE_LAST].map(String)
    const { program, args } = host.command(this.#program, [
      'serve',
      at.address,
      String(at.port),
      announced,
      ...ports,
    ])
    const child = spawn(program, args, { stdio: 'ignore', detached: true })
    await accepting(child, [at], 'the fake server', host)
    return () => endGroup(child)
  }

  /** Connect, log in, PASV, RETR, QUIT: as often as `parallel` can within `seconds`. */
  sessions(at: Target, parallel: number, seconds: number, bytes: number): Promise<SessionsRun> {
    const sources = parallel > 1 ? sourcesOf(at) : []
    return this.#run<SessionsRun>(at, 'sessions', [parallel, seconds, bytes, ...sources])
  }

  noop(at: Target, count: number): Promise<NoopRun> {
    return this.#run<NoopRun>(at, 'noop', [count])
  }

  stream(at: Target, parallel: number, bytes: number, way: 'retr' | 'stor'): Promise<StreamRun> {
    return this.#run<StreamRun>(at, 'stream', [parallel, bytes, way])
  }

  /** Sessions that are logged in and stay until `end`. */
  async idle(at: Target, count: number): Promise<{ run: IdleRun; end: () => Promise<void> }> {
    const child = this.#spawn(at, 'idle', [count, ...sourcesOf(at)])
    const chunks: Buffer[] = []
    const line = new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        const text = Buffer.concat(chunks).toString('latin1')
        if (text.includes('\n')) resolve(text)
      })
      child.once('exit', () => reject(new Error('the idle sessions ended')))
    })
    const run = JSON.parse(await line) as IdleRun
    const end = async (): Promise<void> => {
      child.stdin?.end()
      await exited(child)
    }
    return { run, end }
  }

  async #run<T>(at: Target, mode: string, words: readonly (string | number)[]): Promise<T> {
    const { program, args } = at.host.command(this.#program, this.#words(at, mode, words))
    const outcome = await runProgram(program, args, { cwd: '/', timeoutMs: TIMEOUT_MS })
    if (outcome.status !== 0)
      throw new Error(`${mode} ${formatEndpoint(at.target)}: ${outcome.text}`)
    return JSON.parse(outcome.text.slice(outcome.text.lastIndexOf('{'))) as T
  }

  #spawn(at: Target, mode: string, words: readonly (string | number)[]): ChildProcess {
    const { program, args } = at.host.command(this.#program, this.#words(at, mode, words))
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  }

  #words(at: Target, mode: string, words: readonly (string | number)[]): readonly string[] {
    return [mode, at.target.address, String(at.target.port), at.user, ...words.map(String)]
  }
}

function sourcesOf({ sources }: Target): readonly string[] {
  return sources.length > 0 ? [sources.join(',')] : []
}
