import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { formatDiagnostic } from '../../engine/rules/diagnostic.ts'
import type { Loaded } from '../../engine/rules/load.ts'
import type { Ruleset } from '../../engine/rules/ruleset.ts'
import { loadRuleFiles } from '../../shell/rule-files.ts'
import { EXIT } from '../exit-code.ts'
import { countOf } from '../plural.ts'

interface CheckArguments {
  /** yargs sees to it that there is one. */
  readonly rules?: string[] | undefined
  readonly quiet: boolean
}

const USAGE = `Usage: $0 check <rules..> [options]

Shows every problem in rule files: where it is, the line, and what is wrong with it. The rules are
files, or folders of them; several are read as one. Exit code 1 if there are errors, 0 if there are
warnings at most.`

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check <rules..>',
  describe: 'Show every problem in rule files, and where it is',
  builder: (parser: Argv): Argv<CheckArguments> =>
    parser.usage(USAGE).option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'Print problems and nothing else',
    }),
  handler: check,
}

async function check(given: ArgumentsCamelCase<CheckArguments>): Promise<void> {
  const loaded = await loadRuleFiles(given.rules ?? [])
  for (const diagnostic of loaded.diagnostics)
    process.stdout.write(`${formatDiagnostic(diagnostic)}\n`)
  if (!given.quiet) process.stdout.write(`${summarize(loaded)}\n`)
  process.exitCode = loaded.ruleset === undefined ? EXIT.failed : EXIT.ok
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
