/** What signals do to a running proxy. */
import type { Logger } from 'pino'
import type { Proxy } from '../shell/proxy.ts'

export interface Supervised {
  readonly proxy: Pick<Proxy, 'drain' | 'close'>
  readonly logger: Logger
  /** SIGUSR2, and before SIGHUP reloads: the packet log was renamed, go on in a new file. */
  reopenPacketLog(): Promise<void>
  /** SIGHUP. Says itself what came of it. */
  reload(): Promise<void>
}

/**
 * Resolves when the proxy has stopped: after SIGTERM or SIGINT once the last session is over or the
 * grace period has passed, and at once after a second one. A third one has its usual effect.
 */
export async function supervise(supervised: Supervised): Promise<void> {
  const { proxy, logger } = supervised
  const reopenAndReload = async (): Promise<void> => {
    await supervised.reopenPacketLog()
    await supervised.reload()
  }
  const signals = new SignalListeners()
  signals.on('SIGHUP', () => logFailure(logger, reopenAndReload()))
  signals.on('SIGUSR2', () => logFailure(logger, supervised.reopenPacketLog()))
  await signals.stopRequested()
  logger.info('draining: no new sessions; a second signal stops at once')
  const drained = proxy.drain()
  const isImpatient = await Promise.race([
    drained.then(() => false),
    signals.stopRequested().then(() => true),
  ])
  signals.removeAll()
  if (isImpatient) {
    logger.info('stopping at once')
    await proxy.close()
  }
  logger.info('stopped')
}

class SignalListeners {
  readonly #removers: (() => void)[] = []

  on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener)
    this.#removers.push(() => process.off(signal, listener))
  }

  /** Resolves at the next SIGTERM or SIGINT. */
  stopRequested(): Promise<void> {
    return new Promise((resolve) => {
      this.on('SIGTERM', resolve)
      this.on('SIGINT', resolve)
    })
  }

  removeAll(): void {
    for (const remove of this.#removers.splice(0)) remove()
  }
}

/** A failed reload or reopening changes nothing, and ends nothing. */
function logFailure(logger: Logger, work: Promise<void>): void {
  work.catch((error: unknown) => {
    logger.error({ err: error }, error instanceof Error ? error.message : String(error))
  })
}
