/** `portcullis run`: from the command line to a running proxy, and to its end. */
import type { Logger } from 'pino'
import { createEvaluator } from '../engine/rules/evaluate.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { AdminError } from '../shell/admin/admin-error.ts'
import { type AdminSocket, startAdminSocket } from '../shell/admin/admin-socket.ts'
import { CaptureFile } from '../shell/capture-file.ts'
import { requireDataPath } from '../shell/data-path/open-data-path.ts'
import { type Descriptors, readDescriptors } from '../shell/descriptors.ts'
import { requireInterception } from '../shell/intercept/interception.ts'
import { planInterception } from '../shell/intercept/plan.ts'
import { createOperationalLog, type OperationalLogLevel } from '../shell/operational-log.ts'
import { createPacketLog, type ReopenablePacketLog } from '../shell/packet-log/pino-packet-log.ts'
import { asUser } from '../shell/privileges/as-user.ts'
import { dropPrivileges } from '../shell/privileges/drop.ts'
import { findUser, type User } from '../shell/privileges/user.ts'
import { type Proxy, startProxy } from '../shell/proxy.ts'
import { describeRun } from './dry-run.ts'
import { asEnvironmentError } from './environment-error.ts'
import type { FrontDoorArguments } from './front-door-arguments.ts'
import { needed, needRestart, needsMorePrivileges } from './need-restart.ts'
import { hasActiveMode, mayBindPort20 } from './port-20.ts'
import { adminSocketPath } from './ports.ts'
import { chooseRules, type RuleChoice } from './rule-choice.ts'
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

async function runWith(
  choice: RuleChoice,
  given: Omit<RunArguments, 'user'> & { readonly path: string; readonly user: User | undefined },
  logger: Logger,
): Promise<void> {
  const { user, installIntercept } = given
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
    const admin = await openAdminSocket(given.adminSocket, proxy, { user, logger })
    try {
      if (user !== undefined) becomeUser(user, ruleset, logger)
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
    await capture?.close()
    if (capture !== undefined && capture.lostPackets > 0)
      logger.error({ packets: capture.lostPackets }, 'packets of the capture file were lost')
    await packetLog.close()
    if (packetLog.lostRecords > 0)
      logger.error({ records: packetLog.lostRecords }, 'records of the packet log were lost')
  }
}

/** The proxy goes on without it. */
function openCapture(path: string | undefined, logger: Logger): CaptureFile | undefined {
  if (path === undefined) return undefined
  return new CaptureFile({
    path,
    program: `portcullis ${readVersion()}`,
    onFailure: (error) => logger.error({ err: error }, 'the capture file cannot be written'),
  })
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

/** Everything that takes root stands; what is still to come takes less. */
function becomeUser(user: User, ruleset: Ruleset, logger: Logger): void {
  const capabilities = needed(ruleset)
  // The program `ip`, which takes policy routing away at the end.
  const inherited = capabilities.filter(
    (name) => name === 'CAP_NET_ADMIN' && planInterception(ruleset) !== undefined,
  )
  dropPrivileges(user, { capabilities, inherited })
  logger.info({ user: user.name, capabilities }, `now running as ${user.name}`)
}

/** A place that was asked for has to be had; without the usual one the proxy does all the same. */
async function openAdminSocket(
  path: string | undefined,
  proxy: Proxy,
  { user, logger }: { readonly user: User | undefined; readonly logger: Logger },
): Promise<AdminSocket | undefined> {
  const answer = (): object => proxy.ports()
  try {
    return await startAdminSocket({ path: path ?? adminSocketPath(), answer, owner: user })
  } catch (error) {
    if (path === undefined && error instanceof AdminError) {
      logger.warn(`${error.message}; portcullis ports cannot ask this process`)
      return undefined
    }
    await proxy.close()
    throw error
  }
}

async function warnOfPort20(ruleset: Ruleset, logger: Logger): Promise<void> {
  if (!hasActiveMode(ruleset) || (await mayBindPort20())) return
  logger.warn(
    'active mode: this process may not bind port 20, so data connections to clients leave from ' +
      'other ports, which filters on their side may drop; root or cap_net_bind_service may bind it',
  )
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
  const ruleset = await choice.reload()
  if (ruleset === undefined) return
  proxy.replaceRules(createEvaluator(fitSessions(ruleset, descriptors, logger)))
  logger.info('rules reloaded: they hold for new sessions')
  for (const what of needRestart(choice.ruleset, ruleset))
    logger.warn(`${what} changed: that takes a restart`)
  if (isUnprivileged && needsMorePrivileges(choice.ruleset, ruleset))
    logger.warn('the new rules need a privilege that was given up: that takes a restart')
}
