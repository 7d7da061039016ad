/** Portcullis itself, built, as a child process with one front door. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import { endGroup } from './peers/program.ts'
import { accepting, freePort } from './peers/server.ts'

export interface ProxyProcess {
  readonly endpoint: Endpoint
  readonly pid: number
  readonly packetLog: string
  /** Ends it and removes its packet log. Rejects when it had ended before. */
  readonly stop: () => Promise<void>
}

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
const OUTPUT_BYTES_MAX = 4_000

/** Why it cannot be started, or `undefined` when it can. */
export function proxyProblem(): string | undefined {
  return existsSync(MAIN) ? undefined : 'dist/cli/main.js is not there: npm run build'
}

/** Starts `portcullis run` on a free port of `address`, before `server`. */
export async function startProxy(address: Ip, server: Endpoint): Promise<ProxyProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-proxy-'))
  const listen = endpoint(address, await freePort(address))
  const packetLog = join(directory, 'portcullis.log.jsonl')
  const args = [
    MAIN,
    'run',
    '--listen',
    formatEndpoint(listen),
    '--server',
    formatEndpoint(server),
    '--packet-log',
    packetLog,
  ]
  const child = spawn(process.execPath, args, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString('latin1')).slice(-OUTPUT_BYTES_MAX)
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
    await accepting(child, listen, 'the proxy')
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  return { endpoint: listen, pid: child.pid ?? 0, packetLog, stop }
}
