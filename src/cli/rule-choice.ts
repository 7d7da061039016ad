/** Where `run` takes its rules from: rule files, or `--listen` and `--server` in place of them. */
import type { Logger } from 'pino'
import { type Diagnostic, formatDiagnostic, formatPosition } from '../engine/rules/diagnostic.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import { loadRuleFiles, type RuleFileOptions } from '../shell/rule-files.ts'
import type { ReadRules } from '../shell/workers/primary.ts'
import { EnvironmentError } from './environment-error.ts'
import {
  type FrontDoorArguments,
  frontDoorRuleset,
  parseFrontDoor,
} from './front-door-arguments.ts'
import { countOf } from './plural.ts'
import { resolveServer } from './server-argument.ts'
import { UsageError } from './usage-error.ts'

/** Whose rule files are taken. */
export type RuleFileTrust = Pick<RuleFileOptions, 'refuseWritable' | 'owner'>

export interface RuleChoice extends ReadRules {
  /** For the packet log. */
  readonly name: string
  /** Reads the rule files again; `undefined` when that gave none, and says why in the log. */
  reload(): Promise<ReadRules | undefined>
}

/** @throws UsageError, or EnvironmentError when a rule file has errors (which are printed). */
export async function chooseRules(
  files: readonly string[],
  door: FrontDoorArguments,
  { logger, ...trust }: { readonly logger: Logger } & RuleFileTrust,
): Promise<RuleChoice> {
  if (files.length === 0) return frontDoorRules(door, logger)
  const superfluous = Object.entries(door).find(([, value]) => value !== undefined)
  if (superfluous !== undefined)
    throw new UsageError(`--${dashed(superfluous[0])} is for a front door without a rule file`)
  return ruleFiles(files, trust, logger)
}

async function frontDoorRules(given: FrontDoorArguments, logger: Logger): Promise<RuleChoice> {
  const door = parseFrontDoor(given)
  const { endpoint, wasResolved } = await resolveServer(door.server)
  if (wasResolved)
    logger.info(
      { name: door.server.host, address: endpoint.address },
      `the server ${door.server.host} is ${endpoint.address}: looked up now, and not again`,
    )
  const ruleset = frontDoorRuleset(door, endpoint)
  const name = `front door ${formatEndpoint(door.listen)} to ${formatEndpoint(endpoint)}`
  return {
    name,
    ruleset,
    sources: [],
    async reload() {
      logger.info('no rule file to reload: the front door stays as it is')
      return undefined
    },
  }
}

async function ruleFiles(
  files: readonly string[],
  trust: RuleFileTrust,
  logger: Logger,
): Promise<RuleChoice> {
  const options = { ...trust, forRunning: true }
  const { ruleset, diagnostics, sources } = await loadRuleFiles(files, options)
  if (ruleset === undefined) {
    // Somebody is starting it by hand, most likely: as `check` shows them.
    for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`)
    throw new EnvironmentError(`not started: the rule files have ${countErrors(diagnostics)}`)
  }
  logDiagnostics(diagnostics, logger)
  return {
    name: files.join(' '),
    ruleset,
    sources,
    async reload() {
      const again = await loadRuleFiles(files, options)
      logDiagnostics(again.diagnostics, logger)
      if (again.ruleset !== undefined) return { ruleset: again.ruleset, sources: again.sources }
      logger.error(`rules not reloaded, ${countErrors(again.diagnostics)}: the old rules stay`)
      return undefined
    },
  }
}

function logDiagnostics(diagnostics: readonly Diagnostic[], logger: Logger): void {
  for (const diagnostic of diagnostics) {
    const level = diagnostic.severity === 'error' ? 'error' : 'warn'
    logger[level](`${formatPosition(diagnostic)} ${diagnostic.message}`)
  }
}

function countErrors(diagnostics: readonly Diagnostic[]): string {
  return countOf(diagnostics.filter(({ severity }) => severity === 'error').length, 'error')
}

/** `passivePorts` → `passive-ports`. */
function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
