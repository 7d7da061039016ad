/** What a running proxy changes on its host beside the data path, and takes back at the end. */
import type { Logger } from 'pino'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { rangesToReserve } from './admin/ports-report.ts'
import { type Interception, startInterception } from './intercept/interception.ts'
import { ReservedPorts } from './reserved-ports.ts'

export interface HostChangesOptions {
  readonly isInstalling: boolean
  readonly logger: Logger
}

export class HostChanges {
  readonly #logger: Logger
  readonly #reserved: ReservedPorts | undefined
  readonly #interception: Interception

  /** @throws ReservedPortsError, or an InterceptionError; nothing is left behind then. */
  constructor(ruleset: Ruleset, options: HostChangesOptions) {
    this.#logger = options.logger
    this.#reserved = ruleset.reservePorts
      ? ReservedPorts.reserve(rangesToReserve(ruleset))
      : undefined
    try {
      this.#interception = startInterception(ruleset, options)
    } catch (error) {
      this.#reserved?.release()
      throw error
    }
  }

  /** Of a new rule file: its port ranges. What leads connections here stays as it is. */
  update(ruleset: Ruleset): void {
    this.#attempt(() => this.#reserved?.update(rangesToReserve(ruleset)))
  }

  undo(): void {
    this.#interception.stop()
    this.#attempt(() => this.#reserved?.release())
  }

  #attempt(change: () => void): void {
    try {
      change()
    } catch (error) {
      this.#logger.error(error instanceof Error ? error.message : String(error))
    }
  }
}
