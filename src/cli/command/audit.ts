import type { Argv, CommandModule } from 'yargs'
import { DIMENSIONS, ORDERS } from '../../record/audit/summary.ts'
import { type AuditArguments, FORMATS } from '../audit-arguments.ts'
import { once } from '../usage-error.ts'
import { auditFollowCommand } from './audit-follow.ts'
import { auditSessionCommand } from './audit-session.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { FILTER_OPTIONS, LOGS_IN_ORDER } from './audit-filter-options.ts'

const USAGE = `Usage: $0 audit <logs..> [options]
Or:    $0 audit session <id> <logs..>
Or:    $0 audit verify <logs..>
Or:    $0 audit follow <log>

Asks packet logs. They may be rotated, given in any order, compressed with gzip, and of any size; -
is standard input. Conditions of different kinds all have to hold; of one kind that is given more
than once, any may.`

const EPILOGUE = `Examples:
  portcullis audit portcullis.log.jsonl*                          everything, as a table
  portcullis audit log.jsonl --verdict refused --since 2h         what was refused in two hours
  portcullis audit log.jsonl --client 192.0.2.0/24 --format csv   for a spreadsheet
  portcullis audit log.jsonl --path '*.zip' --min-bytes 100M      large transfers of such files
  portcullis audit log.jsonl* --by client --sort refusals         who is refused most
  zcat log.jsonl.*.gz | portcullis audit - --by hour              from standard input
  portcullis audit log.jsonl* --html report.html                  totals, charts and ladders
  portcullis audit session mwq2n145-1 log.jsonl                   one session, from beginning to end
  portcullis audit verify log.jsonl*                              was it tampered with?

Exit codes:
  0  all was read
  1  a file is missing or damaged
  2  the command line makes no sense

docs/audit.md says what each format holds, and what other tools call it.`

export const auditCommand: CommandModule<object, AuditArguments> = {
  command: 'audit [logs..]',
  describe: 'Ask packet logs: what happened, who was refused, is the log intact',
  builder: (parser: Argv): Argv<AuditArguments> =>
    parser
      .usage(USAGE)
      .command(auditSessionCommand)
      .command(auditVerifyCommand)
      .command(auditFollowCommand)

      .options({
        ...FILTER_OPTIONS,
        format: {
          choices: FORMATS,
          default: 'table',
          describe: 'How to print records',
          group: OUTPUT,
          global: false,
        },
        by: {
          choices: DIMENSIONS,
          describe: 'Count instead, and add up bytes and refusals (table, json, csv)',
          group: OUTPUT,
          global: false,
        },
        sort: {
          choices: ORDERS,
          describe: 'What to order the counts by',
          group: OUTPUT,
          global: false,
        },
        top: {
          type: 'string',
          requiresArg: true,
          coerce: once('top'),
          describe: 'How many rows of counts (default: 20, or all hours)',
          group: OUTPUT,
          global: false,
        },
        html: {
          type: 'string',
          requiresArg: true,
          conflicts: ['by', 'sort', 'top'],
          coerce: once('html'),
          describe: 'Write a report for a browser to this file instead (-: standard output)',
          group: OUTPUT,
          global: false,
        },
        ...LOGS_IN_ORDER,
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { audit } = await import('../audit.ts')
    process.exitCode = await audit(given)
  },
}

const OUTPUT = 'Output:'
