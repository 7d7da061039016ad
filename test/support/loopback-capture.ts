/** tcpdump on the loopback interface, for as long as a test needs it. */
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import { endGroup } from './peers/program.ts'
import { isRoot } from './peers/server.ts'

export interface LoopbackCapture {
  /** Resolves when all that was sent before is in the file. Rejects when packets were lost. */
  readonly stop: () => Promise<void>
}

const READY_MS = 15_000
const ARRIVED_MS = 15_000
const POLL_MS = 20

/** Why it cannot be used, or `undefined` when it can. */
export function tcpdumpProblem(): string | undefined {
  if (!isRoot) return 'capturing packets takes root'
  const { error } = spawnSync('tcpdump', ['--version'], { timeout: 10_000 })
  return error === undefined ? undefined : 'tcpdump is not installed'
}

/** Captures what is sent from and to any of `hosts`, and only that; or what `wanted` says. */
export async function captureLoopback(
  file: string,
  hosts: readonly Ip[],
  wanted?: string,
): Promise<LoopbackCapture> {
  const mark = hosts.map((host) => `host ${host}`).join(' or ')
  const filter = wanted === undefined ? mark : `${mark} or (${wanted})`
  // -U and immediate mode: a packet is in the file as soon as it was seen. As root it would become
  // another user, who may not write there.
  const args = ['-i', 'lo', '-n', '-U', '--immediate-mode', '-s', '0', '-B', '16384']
  const child = spawn('tcpdump', [...args, '-Z', 'root', '-w', file, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1')
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  if (!(await until(() => said.includes('listening on'), READY_MS))) {
    await endGroup(child)
    throw new Error(`tcpdump does not start: ${said}`)
  }
  return {
    stop: async () => {
      const [host] = hosts
      const isWhole = host !== undefined && (await marked(file, host))
      child.kill('SIGINT')
      await Promise.race([ended, sleep(READY_MS, undefined, { ref: false })])
      await endGroup(child, 0)
      if (!isWhole || !said.includes('\n0 packets dropped by kernel'))
        throw new Error(`the capture is not whole: ${said}`)
    },
  }
}

/** Sends a datagram nobody listens for, and waits until the file has it: then it has all before. */
async function marked(file: string, host: Ip): Promise<boolean> {
  const mark = Buffer.from(randomUUID())
  const socket = createSocket('udp4')
  const to: Pick<Endpoint, 'address'> & { readonly port: number } = { address: host, port: 9 }
  await new Promise<void>((resolve) => {
    socket.send(mark, to.port, to.address, () => resolve())
  })
  socket.close()
  return until(async () => (await readFile(file)).includes(mark), ARRIVED_MS)
}

async function until(
  isTrue: () => boolean | Promise<boolean>,
  milliseconds: number,
): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += POLL_MS) {
    if (await isTrue()) return true
    await sleep(POLL_MS)
  }
  return false
}
