/** `portcullis check`: what is wrong with rule files, for somebody who is writing them. */
import { type Load, rangeNeeds } from '../engine/rules/capacity.ts'
import { formatDiagnostic } from '../engine/rules/diagnostic.ts'
import type { Loaded } from '../engine/rules/load.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { loadRuleFiles } from '../shell/rule-files.ts'
import { type CapacityArguments, parseLoad } from './capacity-arguments.ts'
import { describeLoad, describeNeed } from './capacity-text.ts'
import { EXIT } from './exit-code.ts'
import { countOf } from './plural.ts'

export interface CheckArguments extends CapacityArguments {
  /** yargs sees to it that there is one. */
  readonly rules?: string[] | undefined
  readonly quiet: boolean
}

/** Prints every problem and a summary. Resolves to the exit code. */
export async function check(given: CheckArguments): Promise<number> {
  const load = parseLoad(given)
  const loaded = await loadRuleFiles(given.rules ?? [])
  for (const diagnostic of loaded.diagnostics)
    process.stdout.write(`${formatDiagnostic(diagnostic)}\n`)
  if (!given.quiet) process.stdout.write(`${summarize(loaded)}\n`)
  if (loaded.ruleset === undefined) return EXIT.failed
  return load === undefined || checkCapacity(loaded.ruleset, load, given.quiet)
    ? EXIT.ok
    : EXIT.failed
}

/** Whether every range suffices. */
function checkCapacity(ruleset: Ruleset, load: Load, isQuiet: boolean): boolean {
  const needs = rangeNeeds(ruleset, load)
  const shown = isQuiet ? needs.filter(({ suffices }) => !suffices) : needs
  if (needs.length === 0 && !isQuiet)
    process.stdout.write('\nno range is used: clients use the ports that the server announces\n')
  if (shown.length > 0) process.stdout.write(`\n${describeLoad(load)}\n`)
  for (const need of shown) process.stdout.write(`\n${describeNeed(need, load)}\n`)
  return needs.every(({ suffices }) => suffices)
}

function summarize({ ruleset, diagnostics }: Loaded): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const found = `${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}`
  if (ruleset === undefined) return found
  return `${diagnostics.length === 0 ? 'no problems' : found}: ${contents(ruleset)}`
}

function contents({ listeners, rules, profiles, workers }: Ruleset): string {
  const read = [countOf(listeners.length, 'listener'), countOf(rules.length, 'rule')]
  const some = workers === 1 ? [] : [countOf(workers, 'worker')]
  const all = [...read, countOf(profiles.size, 'profile'), ...some].join(', ')
  return listeners.length === 0 ? `${all} (to run, there must be a listener)` : all
}
