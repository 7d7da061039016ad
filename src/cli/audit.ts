/** `portcullis audit`: records that somebody asked for, or what they come to. */
import { Auditor, type Consumer } from '../record/audit/auditor.ts'
import type { RecordFormat } from '../record/audit/record-format.ts'
import { Summary } from '../record/audit/summary.ts'
import { summaryCsv, summaryJson, summaryTable } from '../record/audit/summary-text.ts'
import { type AuditArguments, countArgument, filterOf } from './audit-arguments.ts'
import { columnsOf, createFormat, styleFor } from './audit-format.ts'
import { auditHtml } from './audit-html.ts'
import { AuditOutput } from './audit-output.ts'
import { openGivenLogs, readThrough } from './audit-reading.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

const TOP = 20

/** Resolves to the exit code. @throws UsageError, EnvironmentError */
export async function audit(given: AuditArguments): Promise<number> {
  const { by, sort, top, html } = given
  if (html !== undefined) return auditHtml(given, html)
  if (by === undefined && (sort !== undefined || top !== undefined))
    throw new UsageError('--sort and --top are for counts: --by client, --by reason …')
  return by === undefined ? printRecords(given) : printSummary(given, new Summary(by, sort))
}

async function printRecords(given: AuditArguments): Promise<number> {
  const filter = filterOf(given, Date.now())
  const format = createFormat(given.format, process.stdout)
  const chains = await openGivenLogs(given.logs, given['in-order'])
  const output = new AuditOutput(process.stdout, format.isRaw === true ? 'latin1' : 'utf8')
  output.write(format.header())
  const auditor = new Auditor(filter, formatConsumer(format, output))
  const isQuiet = process.stdout.isTTY
  const damaged = await readThrough({ chains, auditor, output, isQuiet })
  output.write(format.footer())
  await output.flush()
  if (given.format === 'table' || given.format === 'ladder') noteNothing(auditor)
  return damaged === 0 ? EXIT.ok : EXIT.failed
}

/** People wonder at a heading with nothing below; programs want what they asked for, and no more. */
function noteNothing({ selected }: Auditor): void {
  if (selected === 0) process.stderr.write('portcullis: no records\n')
}

/** Records go to `output` in `format`. */
export function formatConsumer(format: RecordFormat, output: AuditOutput): Consumer {
  return {
    needsSessions: format.needsSessions,
    take: (entry, context, line) => output.write(format.format(entry, context, line)),
    pass: (entry) => format.pass?.(entry),
  }
}

async function printSummary(given: AuditArguments, summary: Summary): Promise<number> {
  if (given.format !== 'table' && given.format !== 'csv' && given.format !== 'json')
    throw new UsageError(`--by gives counts, which --format ${given.format} cannot show`)
  const isTimeline = summary.dimension === 'hour'
  const top =
    given.top === undefined ? (isTimeline ? Infinity : TOP) : countArgument('top', given.top)
  const filter = filterOf(given, Date.now())
  const chains = await openGivenLogs(given.logs, given['in-order'])
  const output = new AuditOutput(process.stdout)
  const auditor = new Auditor(filter, {
    needsSessions: summary.needsSessions,
    concerns: (type, line) => summary.concerns(type, line),
    take: (entry, context) => summary.add(entry, context),
  })
  const damaged = await readThrough({ chains, auditor, output, isQuiet: false })
  const report = summary.report(top)
  const { format } = given
  if (format === 'csv') output.write(summaryCsv(report))
  else if (format === 'json') output.write(summaryJson(report))
  else {
    const columns = columnsOf(process.stdout)
    output.write(
      summaryTable(report, { columns, style: styleFor(process.stdout), sort: summary.sort }),
    )
  }
  await output.flush()
  if (format === 'table') noteNothing(auditor)
  return damaged === 0 ? EXIT.ok : EXIT.failed
}
