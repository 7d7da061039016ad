/** `portcullis check`: what is wrong with rule files, for somebody who is writing them. */
import { formatDiagnostic } from '../engine/rules/diagnostic.ts'
import type { Loaded } from '../engine/rules/load.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { loadRuleFiles } from '../shell/rule-files.ts'
import { EXIT } from './exit-code.ts'
import { countOf } from './plural.ts'

export interface CheckArguments {
  /** yargs sees to it that there is one. */
  readonly rules?: string[] | undefined
  readonly quiet: boolean
}

/** Prints every problem and a summary. Resolves to the exit code. */
export async function check(given: CheckArguments): Promise<number> {
  const loaded = await loadRuleFiles(given.rules ?? [])
  for (const diagnostic of loaded.diagnostics)
    process.stdout.write(`${formatDiagnostic(diagnostic)}\n`)
  if (!given.quiet) process.stdout.write(`${summarize(loaded)}\n`)
  return loaded.ruleset === undefined ? EXIT.failed : EXIT.ok
}

function summarize({ ruleset, diagnostics }: Loaded): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const found = `${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}`
  if (ruleset === undefined) return found
  return `${diagnostics.length === 0 ? 'no problems' : found}: ${contents(ruleset)}`
}

function contents({ listeners, rules, profiles }: Ruleset): string {
  const read = [countOf(listeners.length, 'listener'), countOf(rules.length, 'rule')]
  const all = [...read, countOf(profiles.size, 'profile')].join(', ')
  return listeners.length === 0 ? `${all} (to run, there must be a listener)` : all
}
