/** Somebody in a process of its own who measures how long a NOOP takes while all the rest goes on. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Endpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'
import { endGroup, exited, peerEnvironment, python } from '../support/peers/program.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/soak/bystander.py')

export interface Times {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Bystander {
  /** Milliseconds. Rejects when it was thrown out before. */
  readonly finish: () => Promise<Times>
}

export interface BystanderPlan {
  readonly at: Endpoint
  readonly source: Ip
  readonly user: string
  readonly password: string
  /** Its home. */
  readonly directory: string
}

export function startBystander(plan: BystanderPlan): Bystander {
  const { at, source, user, password } = plan
  const words = { address: at.address, port: at.port, source, user, password }
  const child = spawn(python() ?? 'python3', [SCRIPT, JSON.stringify(words)], {
    env: peerEnvironment(plan.directory),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const times: number[] = []
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) times.push(Number(line))
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  child.stdin.on('error', () => undefined)
  return {
    finish: async () => {
      child.stdin.end()
      const timer = setTimeout(() => void endGroup(child), 10_000)
      await exited(child).finally(() => clearTimeout(timer))
      if (child.exitCode !== 0) throw new Error(`the bystander was thrown out: ${said}`)
      return summarise(times)
    },
  }
}

export function summarise(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
