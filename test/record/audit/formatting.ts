/** Runs a format over whole logs, as the command does. */
import { Auditor } from '../../../src/record/audit/auditor.ts'
import { AuditFilter, type FilterOptions } from '../../../src/record/audit/filter.ts'
import type { RecordFormat } from '../../../src/record/audit/record-format.ts'
import { latin1, type Sample, seal } from './sample.ts'

export function print(
  format: RecordFormat,
  records: readonly Sample[],
  options: FilterOptions = {},
): string {
  let text = format.header()
  const auditor = new Auditor(new AuditFilter(options), {
    needsSessions: true,
    take: (entry, context, line) => {
      text += format.format(entry, context, line)
    },
    pass: (entry) => format.pass?.(entry),
  })
  for (const line of seal(records)) auditor.accept(latin1(line))
  return text + format.footer()
}
