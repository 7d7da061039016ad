import type { Argv, CommandModule } from 'yargs'
import type { CheckArguments } from '../check.ts'
import { once } from '../usage-error.ts'

const USAGE = `Usage: $0 check <rules..> [options]

Shows every problem in rule files: where it is, the line, and what is wrong with it. The rules are
files, or folders of them; several are read as one. Exit code 1 if there are errors, 0 if there are
warnings at most.

With --transfers-per-second it also works out whether the port ranges suffice, each as if all
transfers used it: a port is busy for the transfer and for the 60 s of TIME_WAIT after it. Exit code
1 if a range is too small.`

const CAPACITY = 'Do the port ranges suffice?'

const EPILOGUE = `Examples:
  portcullis check rules/front-door.yaml
  portcullis check /etc/portcullis --quiet
  portcullis check rules/front-door.yaml --transfers-per-second 20 --clients 50
  portcullis check rules/front-door.yaml --transfers-per-second 0.5 --transfer-seconds 300`

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check <rules..>',
  describe: 'Show every problem in rule files, and where it is',
  builder: (parser: Argv): Argv<CheckArguments> =>
    parser
      .usage(USAGE)
      .options({
        quiet: {
          alias: 'q',
          type: 'boolean',
          default: false,
          describe: 'Print problems and nothing else',
        },
        'transfers-per-second': {
          ...oneNumber('transfers-per-second'),
          describe: 'How many data connections begin each second, in all',
        },
        clients: {
          ...oneNumber('clients'),
          describe: 'Among how many clients (default: 1, the worst case)',
        },
        'transfer-seconds': {
          ...oneNumber('transfer-seconds'),
          describe: 'How long each lasts (default: 1)',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { check } = await import('../check.ts')
    process.exitCode = await check(given)
  },
}

/** A text, since yargs would read `1e9` and a missing value as numbers. */
function oneNumber(option: string): {
  readonly type: 'string'
  readonly requiresArg: true
  readonly group: string
  readonly coerce: (value: string) => string
} {
  return { type: 'string', requiresArg: true, group: CAPACITY, coerce: once(option) }
}
