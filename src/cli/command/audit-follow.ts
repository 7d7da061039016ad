import type { Argv, CommandModule } from 'yargs'
import { FORMATS, type FollowArguments } from '../audit-arguments.ts'
import { once } from '../usage-error.ts'
import { FILTER_OPTIONS } from './audit-filter-options.ts'

const USAGE = `Usage: $0 audit follow <log> [options]

Shows records as they are written, over rotations of the file, until Ctrl-C.`

const EPILOGUE = `Examples:
  portcullis audit follow portcullis.log.jsonl --format ladder
  portcullis audit follow portcullis.log.jsonl --verdict refused --lines 0`

export const auditFollowCommand: CommandModule<object, FollowArguments> = {
  command: 'follow <log>',
  describe: 'Show records as they are written',
  builder: (parser: Argv): Argv<FollowArguments> =>
    parser
      .usage(USAGE)
      .positional('log', { type: 'string', demandOption: true, describe: 'The file' })
      .options({
        ...FILTER_OPTIONS,
        format: { choices: FORMATS, default: 'table', describe: 'How to print records' },
        lines: {
          alias: 'n',
          type: 'string',
          requiresArg: true,
          default: '10',
          coerce: once('lines'),
          describe: 'How many lines that are there already to begin with',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { auditFollow } = await import('../audit-follow.ts')
    process.exitCode = await auditFollow(given)
  },
}
