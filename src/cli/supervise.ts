/** What signals do to a running proxy. */
import type { Logger } from 'pino'
import type { Proxy } from '../shell/proxy.ts'

export interface Supervised {
  readonly signals: ProcessSignals
  readonly proxy: Pick<Proxy, 'drain' | 'close'>
  readonly logger: Logger
  /** SIGUSR2, and before SIGHUP reloads: the packet log was renamed, go on in a new file. */
  reopenPacketLog(): Promise<void>
  /** SIGHUP. Says itself what came of it. */
  reload(): Promise<void>
}

/**
 * Resolves when the proxy has stopped: after SIGTERM or SIGINT once running transfers are over or
 * the grace period has passed, and at once after a second one. A third one has its usual effect.
 */
export async function supervise(supervised: Supervised): Promise<void> {
  const { signals, proxy, logger } = supervised
  signals.onReopen = () => logFailure(logger, supervised.reopenPacketLog())
  const reload = oneAtATime(() => supervised.reload())
  signals.onReload = () => {
    // One failing does not keep the other from being tried.
    logFailure(logger, supervised.reopenPacketLog())
    logFailure(logger, reload())
  }
  await signals.firstStop
  const drained = proxy.drain()
  logger.info('draining: running transfers may finish; a second signal stops at once')
  const isImpatient = await Promise.race([
    drained.then(() => false),
    signals.secondStop.then(() => true),
  ])
  signals.release()
  if (isImpatient) {
    logger.info('stopping at once')
    await proxy.close()
  }
  logger.info('stopped')
}

/** Takes signals from its making on, so that none is lost while the proxy starts. */
export class ProcessSignals {
  /** SIGTERM or SIGINT. */
  readonly firstStop: Promise<void>
  readonly secondStop: Promise<void>
  #onReload: (() => void) | undefined
  #onReopen: (() => void) | undefined
  /** Signals that came before somebody could do something about them. */
  readonly #early = new Set<'reload' | 'reopen'>()
  readonly #removers: (() => void)[] = []

  constructor() {
    const stops: (() => void)[] = []
    this.firstStop = new Promise((resolve) => stops.push(resolve))
    this.secondStop = new Promise((resolve) => stops.push(resolve))
    const stop = (): void => stops.shift()?.()
    this.#on('SIGTERM', stop)
    this.#on('SIGINT', stop)
    this.#on('SIGHUP', () => {
      if (this.#onReload === undefined) this.#early.add('reload')
      else this.#onReload()
    })
    this.#on('SIGUSR2', () => {
      if (this.#onReopen === undefined) this.#early.add('reopen')
      else this.#onReopen()
    })
  }

  /** SIGHUP. */
  set onReload(listener: () => void) {
    this.#onReload = listener
    if (this.#early.delete('reload')) listener()
  }

  /** SIGUSR2. */
  set onReopen(listener: () => void) {
    this.#onReopen = listener
    if (this.#early.delete('reopen')) listener()
  }

  /** Gives signals back their usual effect. */
  release(): void {
    for (const remove of this.#removers.splice(0)) remove()
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener)
    this.#removers.push(() => process.off(signal, listener))
  }
}

/**
 * However often it is asked for while it runs, it runs once more: what is read last is what is there
 * last, and no reading overtakes another.
 */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  let isAskedFor = false
  return async () => {
    isAskedFor = true
    if (isRunning) return
    isRunning = true
    try {
      while (isAskedFor) {
        isAskedFor = false
        await work()
      }
    } finally {
      isRunning = false
    }
  }
}

/** A failed reload or reopening changes nothing, and ends nothing. */
function logFailure(logger: Logger, work: Promise<void>): void {
  work.catch((error: unknown) => {
    logger.error(error instanceof Error ? error.message : String(error))
  })
}
