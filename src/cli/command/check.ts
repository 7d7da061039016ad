import type { Argv, CommandModule } from 'yargs'
import type { CheckArguments } from '../check.ts'

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
  async handler(given) {
    const { check } = await import('../check.ts')
    process.exitCode = await check(given)
  },
}
