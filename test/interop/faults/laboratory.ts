/**
 * A real proxy process with two listeners: one for whoever misbehaves, one for a bystander. After
 * each fault it is looked at from outside: it lives, the bystander was served in order, descriptors
 * are what they were, and memory never grew beyond a bound.
 */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { type Host, THIS_HOST } from '../../support/peers/host.ts'
import { endGroup } from '../../support/peers/program.ts'
import { type RunningPortcullis, startPortcullis } from '../../support/portcullis.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { eventually } from '../../support/proxy-in-process.ts'
import { Bystander, startCountingServer } from './bystander.ts'

const LOOPBACK = ip('127.0.0.1')

/** What everything together may add for a moment; whoever floods tries to add more. */
const GROWTH_BYTES_MAX = 192 * 2 ** 20

export interface LaboratoryPlan {
  /** Where whoever misbehaves is led to. */
  readonly server: () => Promise<{ readonly endpoint: Endpoint; close(): Promise<void> }>
  /** Sections of the rule file beside listeners and rules. */
  readonly rules?: string
  readonly host?: Host
  /** In place of the log's own path. */
  readonly packetLog?: () => string
}

export interface Laboratory {
  readonly proxy: RunningPortcullis
  /** Where whoever misbehaves connects. */
  readonly listen: Endpoint
  readonly bystander: Bystander
  /** The rule file, and what was in it at the start. */
  readonly rulesFile: string
  readonly rules: string
  readonly fds: () => number
  /** Of all records so far. */
  readonly reasons: () => readonly string[]
}

/** One for all tests of a file, and an examination after each. */
export function useLaboratory(plan: LaboratoryPlan): () => Laboratory {
  let running: (Laboratory & { readonly stop: () => Promise<void> }) | undefined
  let before = { fds: 0, rss: 0 }
  const laboratory = (): Laboratory => {
    if (running === undefined) throw new Error('the laboratory is not there')
    return running
  }
  beforeAll(async () => {
    running = await startLaboratory(plan)
  })
  beforeEach(() => {
    const { proxy, fds, bystander } = laboratory()
    bystander.takeP99()
    writeFileSync(`/proc/${proxy.pid}/clear_refs`, '5')
    before = { fds: fds(), rss: memory(proxy.pid, 'VmRSS') }
  })
  afterEach(async ({ task }) => {
    const { proxy, fds, bystander } = laboratory()
    await bystander.goesOn()
    // Told and not judged: another program may have had the machine.
    const p99 = bystander.takeP99().toFixed(1)
    task.meta.summary = `p99 of a bystander's NOOPs ${p99.padStart(8)} ms: ${task.name}`
    await eventually(() => fds() <= before.fds, `descriptors are back at ${before.fds}`)
    expect(memory(proxy.pid, 'VmHWM') - before.rss).toBeLessThan(GROWTH_BYTES_MAX)
    expect(proxy.said()).not.toContain('internal error')
  })
  afterAll(async () => {
    await running?.stop()
  })
  return laboratory
}

async function startLaboratory(
  plan: LaboratoryPlan,
): Promise<Laboratory & { readonly stop: () => Promise<void> }> {
  const [server, counting] = [await plan.server(), await startCountingServer(await loopback())]
  const [listen, aside] = [await loopback(), await loopback()]
  const listeners = [line('it', listen, server), line('aside', aside, counting)].join('\n')
  let rulesFile = ''
  const text = `version: 1
listeners:
${listeners}
profiles: { default: { opaque-data: deny } }
rules:
- { permit: control, from: any, to: any, port: 1-65535 }
- { permit: passive-data, from: any, to: any, port: 1024-65535 }
- { permit: active-data, from: any, to: any, port: 1024-65535 }
${plan.rules ?? ''}
`
  const proxy = await startPortcullis({
    args: (packetLog, rules) => {
      rulesFile = rules
      return [rules, '--packet-log', plan.packetLog?.() ?? packetLog]
    },
    rules: () => text,
    endpoints: [listen, aside],
    host: plan.host ?? THIS_HOST,
  })
  const bystander = await Bystander.start(aside)
  return {
    proxy,
    listen,
    bystander,
    rulesFile,
    rules: text,
    fds: () => readdirSync(`/proc/${proxy.pid}/fd`).length,
    reasons: () =>
      [...readFileSync(proxy.packetLog, 'utf8').matchAll(/"reason":"([^"]+)"/g)].map(
        ([, reason = '']) => reason,
      ),
    async stop() {
      await bystander.stop()
      await proxy.stop()
      await Promise.all([server.close(), counting.close()])
    },
  }
}

/** The embedded server as a process of its own, which can be stopped and killed. */
export interface ServerProcess {
  readonly endpoint: Endpoint
  readonly pid: () => number
  /** As `kill -9`, and then another one at the same place. */
  readonly restart: () => Promise<void>
  close(): Promise<void>
}

/** What `large.bin` of a {@link ServerProcess} holds: no two blocks of it are the same. */
export const LARGE_BYTES: number = 32 * 2 ** 20

export async function startServerProcess(): Promise<ServerProcess> {
  const at = await loopback()
  let child = await launchServer(at)
  return {
    endpoint: at,
    pid: () => child.pid ?? 0,
    async restart() {
      await endGroup(child, 0)
      child = await launchServer(at)
    },
    close: () => endGroup(child, 0),
  }
}

async function launchServer(at: Endpoint): Promise<ReturnType<typeof spawn>> {
  const server = pathToFileURL(join(PROJECT_ROOT, 'dist', 'demo', 'server', 'server.js')).href
  const program = `
    import { startFtpServer } from ${JSON.stringify(server)}
    const bytes = Buffer.alloc(${LARGE_BYTES})
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(at, at)
    const root = { type: 'directory', name: '', entries: [{ type: 'file', name: 'large.bin', bytes }] }
    await startFtpServer({ root, host: '${at.address}', port: ${at.port} })
    process.stdout.write('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  await once(child.stdout, 'data')
  return child
}

/** Whether these are the first bytes of `large.bin`. */
export function isLarge(bytes: Buffer): boolean {
  for (let at = 0; at + 4 <= bytes.length; at += 4) if (bytes.readUInt32BE(at) !== at) return false
  return true
}

/**
 * Below the ephemeral ports: thousands of connections are made here, and one of them would take the
 * port before its program listens.
 */
export async function loopback(): Promise<Endpoint> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const at = endpoint(LOOPBACK, port(randomInt(10_000, 20_000)))
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen({ host: at.address, port: at.port }, () => probe.close(() => resolve(true)))
    })
    if (isFree) return at
  }
  throw new Error('no free port')
}

function line(name: string, listen: Endpoint, server: { readonly endpoint: Endpoint }): string {
  const [at, to] = [formatEndpoint(listen), formatEndpoint(server.endpoint)]
  return `- { name: ${name}, listen: "${at}", server: "${to}" }`
}

function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
}
