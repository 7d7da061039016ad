/** `portcullis run` with workers: the primary, from its start to its end. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { rangeSize } from '../net/port.ts'
import type { AdminSocket } from '../shell/admin/admin-socket.ts'
import { Primary } from '../shell/workers/primary.ts'
import { clusterFork } from '../shell/workers/worker-process.ts'
import { EnvironmentError } from './environment-error.ts'
import { needed, warnOfRestart } from './need-restart.ts'
import type { RuleChoice } from './rule-choice.ts'
import type { RunGiven } from './run.ts'
import { becomeUser, openAdminSocket, warnOfPort20 } from './run-parts.ts'
import { ProcessSignals, supervise } from './supervise.ts'

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))

/** Resolves when the proxy was told to stop and has. @throws EnvironmentError, and as `run` does. */
export async function runWorkers(
  choice: RuleChoice,
  given: RunGiven,
  logger: Logger,
): Promise<void> {
  const { user, path, capture, logLevel, installIntercept } = given
  const { ruleset, sources } = choice
  refuseStream(path)
  await warnOfPort20(ruleset, logger)
  const signals = new ProcessSignals()
  const primary = await Primary.listen({
    rules: { ruleset, sources },
    start: { rules: choice.name, packetLog: path, capture, logLevel },
    fork: clusterFork(WORKER),
    logger,
    installIntercept,
  })
  let admin: AdminSocket | undefined
  try {
    admin = await openAdminSocket(given.adminSocket, () => primary.ports(), { user, logger })
    // Before there are workers, so that one that has to be replaced starts as the first ones did.
    if (user !== undefined) becomeUser(user, needed(ruleset), needed(ruleset), logger)
    // Whoever is told to stop meanwhile has nothing to wait for.
    await Promise.race([primary.startWorkers(), signals.firstStop])
    await supervise({
      signals,
      proxy: primary,
      logger,
      async reopenPacketLog() {
        await primary.reopenPacketLogs()
        logger.info('packet logs reopened')
      },
      reload: () => reload(choice, primary, { isUnprivileged: user !== undefined, logger }),
    })
  } finally {
    await primary.close()
    await admin?.close()
  }
}

/** Each worker has a chain of its own, and nobody could tell two in one stream apart. */
function refuseStream(path: string): void {
  const isStream = path === '-' || statSync(path, { throwIfNoEntry: false })?.isFIFO() === true
  if (!isStream) return
  const what = path === '-' ? 'standard output' : `${path}, a named pipe,`
  throw new EnvironmentError(
    `${what} cannot take the packet logs of several workers: name a file, or leave "workers" out`,
  )
}

async function reload(
  choice: RuleChoice,
  primary: Primary,
  { isUnprivileged, logger }: { readonly isUnprivileged: boolean; readonly logger: Logger },
): Promise<void> {
  const rules = await choice.reload()
  if (rules === undefined) return
  const { workers } = choice.ruleset
  // The file may say fewer workers, and those that run are as many as before.
  if (rangeSize(rules.ruleset.passivePorts) < workers) {
    logger.error(`rules not reloaded: fewer passive ports than the ${workers} workers that run`)
    return
  }
  await primary.replaceRules(rules)
  logger.info('rules reloaded: they hold for new sessions')
  warnOfRestart(choice.ruleset, rules.ruleset, { isUnprivileged, logger })
}
