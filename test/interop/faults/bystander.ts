/** Somebody whom all of this is none of their business: says NOOP from beginning to end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { endGroup, peerEnvironment, python } from '../../support/peers/program.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/interop/faults/bystander.py')
/** Another client than those who misbehave, as far as shares go. */
const ADDRESS = '127.0.0.2'
const LOOK_MS = 5

/** A server that numbers its replies. */
export async function startCountingServer(
  at: Endpoint,
): Promise<{ readonly endpoint: Endpoint; close(): Promise<void> }> {
  const child = start('serve', at)
  if (child.stdout === null) throw new Error('the counting server has no standard output')
  await Promise.race([once(child.stdout, 'data'), failed(child)])
  return { endpoint: at, close: () => endGroup(child, 0) }
}

export class Bystander {
  readonly #child: ChildProcess
  #latencies: number[] = []
  #count = 0
  #failure: Error | undefined
  #isStopping = false

  private constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new Error('the bystander has no standard output')
    createInterface(child.stdout).on('line', (line) => this.#take(line))
    failed(child).catch((error: unknown) => {
      if (!this.#isStopping) this.#failure ??= error as Error
    })
  }

  static async start(proxy: Endpoint): Promise<Bystander> {
    const bystander = new Bystander(start('ask', proxy, ADDRESS))
    await bystander.goesOn()
    return bystander
  }

  /** Answered so far. @throws what went wrong, if anything did. */
  get count(): number {
    if (this.#failure !== undefined) throw this.#failure
    return this.#count
  }

  /** Milliseconds since the last look that 99 of 100 NOOPs took at the most. */
  takeP99(): number {
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    this.#latencies = []
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
  }

  /** One reply more than now. */
  async goesOn(): Promise<void> {
    const before = this.count
    for (let turns = 0; turns < 4_000 && this.count === before; turns++) await sleep(LOOK_MS)
    if (this.count === before) throw new Error('the bystander waits in vain')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await endGroup(this.#child, 0)
  }

  #take(line: string): void {
    const [milliseconds, ...reply] = line.split(' ')
    this.#count += 1
    this.#latencies.push(Number(milliseconds))
    if (reply.join(' ') !== `200 ${this.#count}`)
      this.#failure ??= new Error(`the bystander's reply ${this.#count} is "${reply.join(' ')}"`)
  }
}

function start(
  role: 'serve' | 'ask',
  { address, port }: Endpoint,
  ...more: string[]
): ChildProcess {
  return spawn(python() ?? 'python3', [SCRIPT, role, address, String(port), ...more], {
    env: peerEnvironment(tmpdir()),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
}

/** Rejects when the process ends, with what it said. */
async function failed(child: ChildProcess): Promise<never> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  const [status] = (await once(child, 'exit')) as [number | null]
  throw new Error(`the bystander's process ended (${status}): ${said.trim()}`)
}
