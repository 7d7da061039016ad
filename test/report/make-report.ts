/** A report of lines of a packet log, made as `portcullis audit --html` makes it. */
import { Auditor } from '../../src/record/audit/auditor.ts'
import { AuditFilter } from '../../src/record/audit/filter.ts'
import {
  REPORT_LIMITS,
  ReportBuilder,
  type ReportLimits,
  type ReportModel,
} from '../../src/record/report/report-builder.ts'
import { reportHtml } from '../../src/record/report/report-html.ts'

export function modelOf(
  lines: Iterable<string>,
  limits: ReportLimits = REPORT_LIMITS,
): ReportModel {
  const builder = new ReportBuilder(limits)
  const auditor = new Auditor(new AuditFilter({}), builder)
  for (const line of lines) {
    // As the reader of files gives them: a character for each byte.
    const problem = auditor.accept(Buffer.from(line, 'utf8').toString('latin1'))
    if (problem !== undefined) throw new Error(`${problem}: ${line}`)
  }
  return builder.report()
}

export function pageOf(lines: Iterable<string>, limits?: ReportLimits): string {
  return [...reportHtml(modelOf(lines, limits), { source: 'portcullis.log.jsonl' })].join('')
}
