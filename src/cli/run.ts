/** `portcullis run`: from the command line to a running proxy, and to its end. */
import type { Logger } from 'pino'
import { createEvaluator } from '../engine/rules/evaluate.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { createOperationalLog, type OperationalLogLevel } from '../shell/operational-log.ts'
import { createPacketLog } from '../shell/packet-log/pino-packet-log.ts'
import { type Proxy, startProxy } from '../shell/proxy.ts'
import type { FrontDoorArguments } from './front-door-arguments.ts'
import { hasActiveMode, mayBindPort20 } from './port-20.ts'
import { chooseRules, type RuleChoice } from './rule-choice.ts'
import { ProcessSignals, supervise } from './supervise.ts'
import { readVersion } from './version.ts'

export interface RunArguments extends FrontDoorArguments {
  readonly rules?: string[] | undefined
  readonly packetLog?: string | undefined
  readonly logLevel: OperationalLogLevel
}

/** Resolves when the proxy was told to stop and has. */
export async function run(given: RunArguments): Promise<void> {
  const logger = createOperationalLog(given.logLevel)
  const { listen, server, passivePorts, publicAddress } = given
  const door = { listen, server, passivePorts, publicAddress }
  const choice = await chooseRules(given.rules ?? [], door, logger)
  const { ruleset } = choice
  await warnOfPort20(ruleset, logger)
  const packetLog = createPacketLog({
    path: given.packetLog ?? ruleset.packetLog.path,
    onFailure: ruleset.packetLog.onFailure,
    version: readVersion(),
    rules: choice.name,
  })
  try {
    const signals = new ProcessSignals()
    const proxy = await startProxy({ evaluator: createEvaluator(ruleset), packetLog, logger })
    await supervise({
      signals,
      proxy,
      logger,
      async reopenPacketLog() {
        await packetLog.reopen()
        logger.info('packet log reopened')
      },
      reload: () => reload(choice, proxy, logger),
    })
  } finally {
    await packetLog.close()
    if (packetLog.lostRecords > 0)
      logger.error({ records: packetLog.lostRecords }, 'records of the packet log were lost')
  }
}

async function warnOfPort20(ruleset: Ruleset, logger: Logger): Promise<void> {
  if (!hasActiveMode(ruleset) || (await mayBindPort20())) return
  logger.warn(
    'active mode: this process may not bind port 20, so data connections to clients leave from ' +
      'other ports, which filters on their side may drop; root or cap_net_bind_service may bind it',
  )
}

async function reload(choice: RuleChoice, proxy: Proxy, logger: Logger): Promise<void> {
  const ruleset = await choice.reload()
  if (ruleset === undefined) return
  proxy.replaceRules(createEvaluator(ruleset))
  logger.info('rules reloaded: they hold for new sessions')
  for (const what of needRestart(choice.ruleset, ruleset))
    logger.warn(`${what} changed: that takes a restart`)
}

/** What a running process goes on with, whatever a new rule file says. */
function needRestart(before: Ruleset, now: Ruleset): readonly string[] {
  const places = (ruleset: Ruleset): unknown => [
    ruleset.listeners.map(({ name, listen }) => [name, listen]),
  ]
  const isChanged = {
    listeners: JSON.stringify(places(before)) !== JSON.stringify(places(now)),
    'passive-ports': JSON.stringify(before.passivePorts) !== JSON.stringify(now.passivePorts),
    'packet-log': JSON.stringify(before.packetLog) !== JSON.stringify(now.packetLog),
  }
  return Object.entries(isChanged).flatMap(([what, has]) => (has ? [what] : []))
}
