/** `portcullis audit session`: one session, from its beginning to its end. */
import { Auditor } from '../record/audit/auditor.ts'
import { AuditFilter } from '../record/audit/filter.ts'
import { StoryBuilder } from '../record/audit/story-builder.ts'
import { storyText } from '../record/audit/story-text.ts'
import { formatConsumer } from './audit.ts'
import type { SessionArguments } from './audit-arguments.ts'
import { columnsOf, createFormat, styleFor } from './audit-format.ts'
import { AuditOutput } from './audit-output.ts'
import { openGivenLogs, readThrough } from './audit-reading.ts'
import { EnvironmentError } from './environment-error.ts'
import { EXIT } from './exit-code.ts'

/** Resolves to the exit code. @throws UsageError, EnvironmentError */
export async function auditSession(given: SessionArguments): Promise<number> {
  const format = createFormat(given.format, process.stdout)
  const chains = await openGivenLogs(given.logs, given['in-order'])
  const output = new AuditOutput(process.stdout, format.isRaw === true ? 'latin1' : 'utf8')
  const story = new StoryBuilder(given.id)
  const printer = formatConsumer(format, output)
  output.write(format.header())
  const auditor = new Auditor(new AuditFilter({ sessions: [given.id] }), {
    ...printer,
    take: (entry, context, line) => {
      printer.take(entry, context, line)
      story.accept(entry)
    },
  })
  // Whoever writes to a pipe may be a firewall, and wants to go on.
  const mayStop = chains.flat().every(({ isStandardInput }) => !isStandardInput)
  const damaged = await readThrough({
    chains,
    auditor,
    output,
    isQuiet: false,
    isDone: () => mayStop && story.isClosed,
  })
  if (story.isEmpty) throw new EnvironmentError(`there is no session ${given.id} in these logs`)
  output.write(format.footer())
  if (given.format === 'ladder') {
    const columns = columnsOf(process.stdout)
    output.write(`\n${storyText(story.story(), { columns, style: styleFor(process.stdout) })}`)
  }
  await output.flush()
  return damaged === 0 ? EXIT.ok : EXIT.failed
}
