/** `portcullis run`: from the command line to a running proxy, and to its end. */
import type { Logger } from 'pino'
import { createEvaluator } from '../engine/rules/evaluate.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import type { AdminSocket } from '../shell/admin/admin-socket.ts'
import { requireDataPath } from '../shell/data-path/open-data-path.ts'
import { type Descriptors, readDescriptors } from '../shell/descriptors.ts'
import { requireInterception } from '../shell/intercept/interception.ts'
import { planInterception } from '../shell/intercept/plan.ts'
import { createOperationalLog, type OperationalLogLevel } from '../shell/operational-log.ts'
import { createPacketLog, type ReopenablePacketLog } from '../shell/packet-log/pino-packet-log.ts'
import { asUser } from '../shell/privileges/as-user.ts'
import type { Capability } from '../shell/privileges/capabilities.ts'
import { findUser, type User } from '../shell/privileges/user.ts'
import { type Proxy, startProxy } from '../shell/proxy.ts'
import { describeRun } from './dry-run.ts'
import { asEnvironmentError } from './environment-error.ts'
import type { FrontDoorArguments } from './front-door-arguments.ts'
import { needed, warnOfRestart } from './need-restart.ts'
import { chooseRules, type RuleChoice } from './rule-choice.ts'
import { becomeUser, closeLogs, openAdminSocket, openCapture, warnOfPort20 } from './run-parts.ts'
import { runWorkers } from './run-workers.ts'
import { fitSessions } from './session-fit.ts'
import { ProcessSignals, supervise } from './supervise.ts'
import { readVersion } from './version.ts'

export interface RunArguments extends FrontDoorArguments {
  readonly rules?: string[] | undefined
  readonly packetLog?: string | undefined
  readonly logLevel: OperationalLogLevel
  readonly installIntercept: boolean
  readonly dryRun: boolean
  readonly allowWritableRules: boolean
  readonly user?: string | undefined
  readonly adminSocket?: string | undefined
  readonly capture?: string | undefined
}

/** The command line, understood. */
export interface RunGiven extends Omit<RunArguments, 'user'> {
  /** Of the packet log. */
  readonly path: string
  readonly user: User | undefined
}

/** Resolves when the proxy was told to stop and has. */
export async function run(given: RunArguments): Promise<void> {
  const logger = createOperationalLog(given.logLevel)
  const { listen, server, passivePorts, publicAddress, dataPath } = given
  const door = { listen, server, passivePorts, publicAddress, dataPath }
  const { dryRun, installIntercept: isInstalling } = given
  try {
    // A dry run is for somebody who is still writing, and perhaps not where the user is known.
    const user = given.user === undefined || dryRun ? undefined : findUser(given.user)
    const choice = await chooseRules(given.rules ?? [], door, {
      logger,
      refuseWritable: !dryRun && !given.allowWritableRules,
      owner: user?.uid,
    })
    const path = given.packetLog ?? choice.ruleset.packetLog.path
    if (dryRun)
      process.stdout.write(
        describeRun({ ...choice, packetLog: path, isInstalling, user: given.user }),
      )
    else await runWith(choice, { ...given, path, user }, logger)
  } catch (error) {
    throw asEnvironmentError(error)
  }
}

async function runWith(choice: RuleChoice, given: RunGiven, logger: Logger): Promise<void> {
  const { user, installIntercept } = given
  if (choice.ruleset.workers > 1) return runWorkers(choice, given, logger)
  const descriptors = readDescriptors()
  const ruleset = fitSessions(choice.ruleset, descriptors, logger)
  requireDataPath(ruleset)
  if (installIntercept) requireInterception(ruleset)
  await warnOfPort20(ruleset, logger)
  const packetLog = openPacketLog(choice, given.path, user)
  const capture = openCapture(given.capture, logger)
  try {
    const signals = new ProcessSignals()
    const proxy = await startProxy({
      evaluator: createEvaluator(ruleset),
      packetLog,
      logger,
      installIntercept,
      capture,
    })
    let admin: AdminSocket | undefined
    try {
      admin = await openAdminSocket(given.adminSocket, () => proxy.ports(), { user, logger })
      if (user !== undefined) becomeUser(user, needed(ruleset), runsIp(ruleset), logger)
      await supervise({
        signals,
        proxy,
        logger,
        async reopenPacketLog() {
          await packetLog.reopen()
          logger.info('packet log reopened')
        },
        reload: () =>
          reload(choice, proxy, { isUnprivileged: user !== undefined, descriptors, logger }),
      })
    } finally {
      await proxy.close()
      await admin?.close()
    }
  } finally {
    await closeLogs({ packetLog, capture, logger })
  }
}

/** As the user who will have to open it again after a rotation. */
function openPacketLog(
  { ruleset, name }: RuleChoice,
  path: string,
  user: User | undefined,
): ReopenablePacketLog {
  const { onFailure } = ruleset.packetLog
  const open = (): ReopenablePacketLog =>
    createPacketLog({ path, onFailure, version: readVersion(), rules: name })
  return user === undefined || path === '-' ? open() : asUser(user, open)
}

/** The program `ip`, which takes policy routing away at the end, needs what it is needed for. */
function runsIp(ruleset: Ruleset): readonly Capability[] {
  return planInterception(ruleset) === undefined ? [] : ['CAP_NET_ADMIN']
}

interface ReloadOptions {
  readonly isUnprivileged: boolean
  /** Of the start. */
  readonly descriptors: Descriptors | undefined
  readonly logger: Logger
}

async function reload(
  choice: RuleChoice,
  proxy: Proxy,
  { isUnprivileged, descriptors, logger }: ReloadOptions,
): Promise<void> {
  const rules = await choice.reload()
  if (rules === undefined) return
  proxy.replaceRules(createEvaluator(fitSessions(rules.ruleset, descriptors, logger)))
  logger.info('rules reloaded: they hold for new sessions')
  warnOfRestart(choice.ruleset, rules.ruleset, { isUnprivileged, logger })
}
