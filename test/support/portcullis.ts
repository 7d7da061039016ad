/** Portcullis itself, built, as a child process: what every laboratory shares of starting one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '../../src/net/endpoint.ts'
import { type Host, THIS_HOST } from './peers/host.ts'
import { endGroup } from './peers/program.ts'
import { accepting } from './peers/server.ts'
import { PROJECT_ROOT } from './project-root.ts'

export interface RunningPortcullis {
  readonly pid: number
  readonly child: ChildProcess
  readonly packetLog: string
  /** What it said so far, on standard output and standard error; the end of it, when that is long. */
  readonly said: () => string
  /** Ends it and removes its packet log. Rejects when it had ended before. */
  readonly stop: () => Promise<void>
}

export interface PortcullisPlan {
  /** What follows `run`, given the paths of the packet log and of the rule file. */
  readonly args: (packetLog: string, rules: string) => readonly string[]
  /** The text of the rule file, where there is one. */
  readonly rules?: (packetLog: string) => string
  /** It has started once it accepts on all of these. */
  readonly endpoints: readonly Endpoint[]
  readonly host?: Host
}

export const MAIN: string = join(PROJECT_ROOT, 'dist', 'cli', 'main.js')
const OUTPUT_CHARS_MAX = 4_000

/** Why it cannot be started, or `undefined` when it can. */
export function portcullisProblem(): string | undefined {
  return existsSync(MAIN) ? undefined : 'dist/cli/main.js is not there: npm run build'
}

export async function startPortcullis(plan: PortcullisPlan): Promise<RunningPortcullis> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-proxy-'))
  const packetLog = join(directory, 'portcullis.log.jsonl')
  const rules = join(directory, 'rules.yaml')
  if (plan.rules !== undefined) await writeFile(rules, plan.rules(packetLog), { mode: 0o600 })
  const host = plan.host ?? THIS_HOST
  const words = [MAIN, 'run', ...plan.args(packetLog, rules)]
  const { program, args } = host.command(process.execPath, words)
  const child = spawn(program, args, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString('latin1')).slice(-OUTPUT_CHARS_MAX)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const stop = async (): Promise<void> => {
    const endedEarly = child.exitCode ?? child.signalCode
    await endGroup(child)
    await rm(directory, { recursive: true, force: true })
    if (endedEarly !== null) throw new Error(`the proxy had ended (${endedEarly}): ${said}`)
  }
  try {
    await accepting(child, plan.endpoints, 'the proxy', host)
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  return { pid: child.pid ?? 0, child, packetLog, said: () => said, stop }
}
