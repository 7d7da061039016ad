/**
 * All workers, and what they have in common: which of them a client belongs to, how many sessions
 * there are, and the ports of static ranges.
 */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { RuleSource } from '../../engine/rules/source-text.ts'
import type { Duration } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import { AdminError } from '../admin/admin-error.ts'
import { parsePortsReport } from '../admin/parse-ports-report.ts'
import type { PortsReport } from '../admin/ports-report.ts'
import type { Arrival } from '../control-listeners.ts'
import { peerEnd } from '../socket-end.ts'
import { chooseWorker } from './choose-worker.ts'
import type { Question, Start } from './protocol.ts'
import { SharedRanges } from './shared-ranges.ts'
import type { ForkWorker } from './worker-process.ts'
import { WorkerSlot } from './worker-slot.ts'

/** Clients that wait to hear whether there is a place for them. */
const DOUBTED_MAX = 1_024

export interface WorkerPoolOptions {
  readonly workers: number
  /** `limits: sessions`, of all workers together. */
  readonly sessionsMax: number
  readonly fork: ForkWorker
  readonly start: (worker: number) => Start
  readonly logger: Logger
}

interface Doubted {
  readonly socket: Socket
  readonly arrival: Arrival
}

export class WorkerPool {
  readonly #slots: readonly WorkerSlot[]
  readonly #ranges: SharedRanges
  #sessionsMax: number
  readonly #doubted: Doubted[] = []
  #isAsking = false

  constructor({ workers, sessionsMax, fork, start, logger }: WorkerPoolOptions) {
    this.#sessionsMax = sessionsMax
    this.#ranges = new SharedRanges((socket) => this.#acceptData(socket))
    this.#slots = Array.from({ length: workers }, (_, index) => {
      const worker = index + 1
      const slot: WorkerSlot = new WorkerSlot({
        worker,
        fork,
        start: () => start(worker),
        logger,
        onRange: ({ type, range }) => {
          if (type === 'closeRange') return this.#ranges.close(worker, range)
          this.#ranges.open(worker, range, (missing) =>
            slot.tell({ type: 'rangeOpened', range: range.id, missing }),
          )
        },
        onGone: () => this.#ranges.closeAllOf(worker),
      })
      return slot
    })
  }

  /** Resolves when all are ready; rejects with the WorkerError of the first that cannot be. */
  async begin(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.begin()))
  }

  /** Takes a socket, which must be paused and unread, to the worker of its client. */
  accept(socket: Socket, arrival: Arrival): void {
    if (this.#sessions < this.#sessionsMax) return this.#hand({ socket, arrival }, false)
    socket.on('error', () => undefined)
    if (this.#doubted.length >= DOUBTED_MAX) {
      socket.resetAndDestroy()
      return
    }
    this.#doubted.push({ socket, arrival })
    void this.#decide()
  }

  /** Rejects when one has not taken them; it goes on with those of before. */
  async replaceRules(sessionsMax: number, sources: readonly RuleSource[]): Promise<void> {
    this.#sessionsMax = sessionsMax
    await this.#askAll({ about: 'rules', sources })
  }

  /** Rejects when one cannot. */
  async reopenPacketLogs(): Promise<void> {
    await this.#askAll({ about: 'reopen' })
  }

  /** Of each worker that runs. */
  async portsReports(): Promise<readonly PortsReport[]> {
    const answers = await this.#askAll({ about: 'ports' })
    return answers.flatMap((answer): PortsReport[] => {
      if (answer === undefined) return []
      const report = parsePortsReport(answer)
      if (report === undefined) throw new AdminError('a worker answers something else')
      return [report]
    })
  }

  /** Resolves when all processes have ended; one that has not after `patience` is killed. */
  async end(how: 'drain' | 'stop', patience: Duration): Promise<void> {
    for (const { socket } of this.#doubted.splice(0)) socket.resetAndDestroy()
    await Promise.all(this.#slots.map((slot) => slot.end(how, patience)))
    this.#ranges.closeAll()
  }

  get #sessions(): number {
    return this.#slots.reduce((sum, { sessions }) => sum + sessions, 0)
  }

  #hand({ socket, arrival }: Doubted, isOneTooMany: boolean): void {
    this.#slotOf(arrival.client.address)?.hand({ type: 'client', arrival, isOneTooMany }, socket)
  }

  #acceptData(socket: Socket): void {
    const peer = peerEnd(socket)
    // Reset already.
    if (peer === undefined) socket.on('error', () => undefined).destroy()
    else this.#slotOf(peer.address)?.hand({ type: 'data' }, socket)
  }

  #slotOf(client: Ip): WorkerSlot | undefined {
    return this.#slots[chooseWorker(client, this.#slots.length) - 1]
  }

  /** Before a client is refused for their number, workers say which sessions are over by now. */
  async #decide(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#doubted.length > 0) {
      const asked = this.#doubted.length
      await Promise.allSettled(this.#slots.map((slot) => slot.ask({ about: 'progress' })))
      for (const each of this.#doubted.splice(0, asked))
        this.#hand(each, this.#sessions >= this.#sessionsMax)
    }
    this.#isAsking = false
  }

  async #askAll(question: Question): Promise<readonly unknown[]> {
    const asked = await Promise.allSettled(this.#slots.map((slot) => slot.ask(question)))
    return asked.map((each) => {
      if (each.status === 'rejected') throw each.reason as Error
      return each.value
    })
  }
}
