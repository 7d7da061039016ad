/** Portcullis as whoever runs it meets it: a child process, its output and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
/** Nothing here takes a second; a machine may be busy. */
const WAIT_MS = 20_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node itself. */
  readonly node?: readonly string[]
}

/** Runs it to its end. */
export function portcullis(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return new Program(args, options).ended
}

/** One that goes on until it is told to stop; killed when the test is over. */
export class Program {
  /** Rejects when that takes too long. */
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #onOutput: () => void = () => undefined

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is not there: npm run build')
    const { node = [], env = {}, ...rest } = options
    this.#child = spawn(process.execPath, [...node, MAIN, ...args], {
      ...rest,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#onOutput()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#onOutput()
    })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code) => {
        this.#onOutput()
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), WAIT_MS)
    onTestFinished(async () => {
      clearTimeout(timer)
      this.#child.kill('SIGKILL')
      await this.ended.catch(() => undefined)
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Reads its standard output no more, as `head` does when it has seen enough. */
  hangUp(): void {
    this.#child.stdout?.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when both streams together have said it; rejects when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const said = pattern.exec(`${this.#stdout}\n${this.#stderr}`)
      if (said !== null) return said
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`ended without ${pattern}: ${this.#stdout}\n${this.#stderr}`)
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve
      })
    }
  }
}

/** A folder of the test's own, removed afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
