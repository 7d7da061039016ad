/** Somebody whom all of this is none of their business: says NOOP from beginning to end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { LinePeer, type ScriptedServer, serveLines, startScriptedServer } from './line-peer.ts'

/** Another client than those who misbehave, as far as shares go. */
const ADDRESS = '127.0.0.2'
const PAUSE_MS = 5

/** Each NOOP has a number, so that a reply that is lost, doubled or late shows. */
export function startCountingServer(): Promise<ScriptedServer> {
  return startScriptedServer((peer) => {
    let count = 0
    return serveLines(peer, () => {
      count += 1
      peer.say(`200 ${count}`)
    })
  })
}

export class Bystander {
  readonly #peer: LinePeer
  readonly #done: Promise<void>
  #latencies: number[] = []
  #count = 0
  #failure: unknown
  #isStopping = false

  private constructor(peer: LinePeer) {
    this.#peer = peer
    this.#done = this.#run().catch((error: unknown) => {
      this.#failure = error
    })
  }

  static async start(proxy: Endpoint): Promise<Bystander> {
    const peer = await LinePeer.connect(proxy, ADDRESS)
    await peer.login()
    return new Bystander(peer)
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
    for (let turns = 0; turns < 4_000 && this.count === before; turns++) await sleep(PAUSE_MS)
    if (this.count === before) throw new Error('the bystander waits in vain')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#done
    this.#peer.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const from = performance.now()
      const line = await this.#peer.ask('NOOP', 200)
      this.#latencies.push(performance.now() - from)
      this.#count += 1
      if (line !== `200 ${this.#count}`) throw new Error(`reply ${this.#count} is "${line}"`)
      await sleep(PAUSE_MS)
    }
  }
}
