/**
 * The process that was started, where workers share the sessions: it listens, changes the host, and
 * hands every client to its worker. It holds no session and reads no byte of a peer.
 */
import type { Logger } from 'pino'
import type { Ruleset } from '../../engine/rules/ruleset.ts'
import type { RuleSource } from '../../engine/rules/source-text.ts'
import { duration } from '../../net/instant.ts'
import { mergePortsReports, type PortsReport, portsReport } from '../admin/ports-report.ts'
import { ControlListeners } from '../control-listeners.ts'
import { HostChanges } from '../host-changes.ts'
import { readReservedPorts } from '../reserved-ports.ts'
import type { Start } from './protocol.ts'
import type { ForkWorker } from './worker-process.ts'
import { WorkerPool } from './worker-pool.ts'

/** What a worker may take for closing its log and its sockets, beyond what its sessions take. */
const CLOSING_MS = 15_000

/** Rules as they were read, and what a worker makes its own of. */
export interface ReadRules {
  readonly ruleset: Ruleset
  readonly sources: readonly RuleSource[]
}

export interface PrimaryOptions {
  readonly rules: ReadRules
  /** The rest of what workers are told when they start. */
  readonly start: Omit<Start, 'worker' | 'workers' | 'sources'>
  readonly fork: ForkWorker
  readonly logger: Logger
  readonly installIntercept: boolean
}

export class Primary {
  readonly #listeners: ControlListeners
  readonly #pool: WorkerPool
  #rules: ReadRules
  #hostChanges: HostChanges | undefined

  constructor({ rules, start, fork, logger }: PrimaryOptions) {
    const { workers, limits } = rules.ruleset
    this.#rules = rules
    this.#pool = new WorkerPool({
      workers,
      sessionsMax: limits.sessions,
      fork,
      start: (worker) => ({ ...start, worker, workers, sources: this.#rules.sources }),
      logger,
    })
    this.#listeners = new ControlListeners(
      logger,
      (socket, arrival) => this.#pool.accept(socket, arrival),
      { isPaused: true },
    )
  }

  /**
   * Listens; clients wait until there are workers. Rejects with the operating system's error, a
   * ReservedPortsError or an InterceptionError.
   */
  static async listen(options: PrimaryOptions): Promise<Primary> {
    const primary = new Primary(options)
    try {
      const { ruleset } = options.rules
      await primary.#listeners.open(ruleset.listeners)
      primary.#hostChanges = new HostChanges(ruleset, {
        isInstalling: options.installIntercept,
        logger: options.logger,
      })
      return primary
    } catch (error) {
      primary.#listeners.close()
      throw error
    }
  }

  /** Resolves when all workers are ready. Rejects with a WorkerError. */
  async startWorkers(): Promise<void> {
    await this.#pool.begin()
  }

  async ports(): Promise<PortsReport> {
    const { ruleset } = this.#rules
    const whole = { ruleset, uses: [], openRanges: [], reserved: readReservedPorts() }
    return mergePortsReports(portsReport(whole), await this.#pool.portsReports())
  }

  /** New sessions get the new rules, whichever worker they are with. Rejects when one has not. */
  async replaceRules(rules: ReadRules): Promise<void> {
    this.#rules = rules
    this.#hostChanges?.update(rules.ruleset)
    await this.#pool.replaceRules(rules.ruleset.limits.sessions, rules.sources)
  }

  async reopenPacketLogs(): Promise<void> {
    await this.#pool.reopenPacketLogs()
  }

  /** No new sessions; resolves when all workers have ended. */
  async drain(): Promise<void> {
    this.#listeners.close()
    const grace = duration(this.#rules.ruleset.timeouts.drain + CLOSING_MS)
    await this.#pool.end('drain', grace)
    await this.close()
  }

  /** Ends everything now. Safe to call more than once. */
  async close(): Promise<void> {
    this.#listeners.close()
    await this.#pool.end('stop', duration(CLOSING_MS))
    this.#hostChanges?.undo()
    this.#hostChanges = undefined
  }
}
