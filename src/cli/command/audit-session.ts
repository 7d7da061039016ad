import type { Argv, CommandModule } from 'yargs'
import { FORMATS, type SessionArguments } from '../audit-arguments.ts'
import { LOGS_IN_ORDER } from './audit-filter-options.ts'

const USAGE = `Usage: $0 audit session <id> <logs..> [options]

Shows one session from its beginning to its end: the ladder, then every rewrite with both addresses,
the life of every pinhole, data connections, and what could not be read.`

const EPILOGUE = `Examples:
  portcullis audit log.jsonl --verdict refused           find the session
  portcullis audit session mwq2n145-1 log.jsonl*         and look at it

Exit code 1 if there is no such session.`

export const auditSessionCommand: CommandModule<object, SessionArguments> = {
  command: 'session <id> <logs..>',
  describe: 'Show one session from its beginning to its end',
  builder: (parser: Argv): Argv<SessionArguments> =>
    parser
      .usage(USAGE)
      .positional('id', {
        type: 'string',
        demandOption: true,
        describe: 'Its name, as in the records',
      })
      .options({
        format: { choices: FORMATS, default: 'ladder', describe: 'How to print its records' },
        ...LOGS_IN_ORDER,
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { auditSession } = await import('../audit-session.ts')
    process.exitCode = await auditSession(given)
  },
}
