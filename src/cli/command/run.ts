import type { Logger } from 'pino'
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { createEvaluator } from '../../engine/rules/evaluate.ts'
import type { Ruleset } from '../../engine/rules/ruleset.ts'
import { createOperationalLog, type OperationalLogLevel } from '../../shell/operational-log.ts'
import { createPacketLog } from '../../shell/packet-log/pino-packet-log.ts'
import { type Proxy, startProxy } from '../../shell/proxy.ts'
import { hasActiveMode, mayBindPort20 } from '../port-20.ts'
import { chooseRules, type RuleChoice } from '../rule-choice.ts'
import { supervise } from '../supervise.ts'
import { once } from '../usage-error.ts'
import { readVersion } from '../version.ts'

/** pino's, most first. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

interface RunArguments {
  readonly rules?: string[] | undefined
  readonly listen?: string | undefined
  readonly server?: string | undefined
  readonly 'passive-ports'?: string | undefined
  readonly 'public-address'?: string | undefined
  readonly 'packet-log'?: string | undefined
  readonly 'log-level': OperationalLogLevel
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [rules..]',
  describe: 'Run the proxy with rule files, or in front of one server',
  builder: (parser: Argv): Argv<RunArguments> =>
    parser
      .usage(USAGE)
      .options({
        listen: {
          ...oneText('listen'),
          describe: 'Where clients connect',
          group: FRONT_DOOR,
        },
        server: {
          ...oneText('server'),
          describe: 'The FTP server; a name is looked up once, at start',
          group: FRONT_DOOR,
        },
        'passive-ports': {
          ...oneText('passive-ports'),
          describe: 'Ports for data connections (default: 50000-50099)',
          group: FRONT_DOOR,
        },
        'public-address': {
          ...oneText('public-address'),
          describe: 'What IPv4 clients are told to connect to (default: as they did)',
          group: FRONT_DOOR,
        },
        'packet-log': {
          ...oneText('packet-log'),
          describe: "Packet log, in place of the rule file's; - is standard output",
        },
        'log-level': {
          choices: LEVELS,
          default: 'info',
          describe: 'What to tell on standard error',
        },
      } as const)
      .epilogue(EPILOGUE),
  handler: run,
}

const USAGE = `Usage: $0 run <rules..> [options]
Or:    $0 run --listen ADDRESS:PORT --server HOST:PORT [options]

The rules are files, or folders of them; several are read as one. Without any, --listen and
--server make a front door: one listener in front of one server, open to every client.`
const FRONT_DOOR = 'Front door, without a rule file:'
const EPILOGUE = `Examples:
  portcullis run --listen 0.0.0.0:21 --server 10.0.0.5:21
  portcullis run rules/ --packet-log /var/log/portcullis.jsonl

Signals:
  TERM, INT  no new sessions; running ones may finish; a second one stops at once
  HUP        reopen the packet log and read the rule files again
  USR2       reopen the packet log`

function oneText(option: string): {
  readonly type: 'string'
  readonly requiresArg: true
  readonly coerce: (value: string) => string
} {
  return { type: 'string', requiresArg: true, coerce: once(option) }
}

async function run(given: ArgumentsCamelCase<RunArguments>): Promise<void> {
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
    const proxy = await startProxy({ evaluator: createEvaluator(ruleset), packetLog, logger })
    await supervise({
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
