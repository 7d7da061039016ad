import type { Argv, CommandModule } from 'yargs'
import type { VerifyArguments } from '../audit-arguments.ts'
import { LOGS_IN_ORDER } from './audit-filter-options.ts'
import { once } from '../usage-error.ts'

const USAGE = `Usage: $0 audit verify <logs..> [options]

Checks the hash chain over all files of a log, and names every record that does not follow the one
before it: changed, moved or taken out. Says also where a run ended without log.stop, which lines are
no records, and whether files before, between or behind are missing.

The chain has no key. It proves something to those who keep a hash elsewhere: note the last hash that
this prints, and ask for it later with --expect.`

const EPILOGUE = `Examples:
  portcullis audit verify portcullis.log.jsonl*
  portcullis audit verify log.jsonl --expect 8f283caf12d98af08cfaeec3b91e33ac52e26859e6f97916...

Exit codes:
  0  intact (notes may still be worth reading)
  1  the chain is broken, a hash that was expected is not there, or a file cannot be read
  2  the command line makes no sense`

export const auditVerifyCommand: CommandModule<object, VerifyArguments> = {
  command: 'verify <logs..>',
  describe: 'Check that nothing was changed or taken out',
  builder: (parser: Argv): Argv<VerifyArguments> =>
    parser
      .usage(USAGE)
      .options({
        expect: {
          type: 'string',
          requiresArg: true,
          coerce: once('expect'),
          describe: 'A hash noted earlier; a record must have it',
        },
        ...LOGS_IN_ORDER,
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { auditVerify } = await import('../audit-verify.ts')
    process.exitCode = await auditVerify(given)
  },
}
