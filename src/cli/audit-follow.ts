/** `portcullis audit follow`: records as they are written. */
import { Auditor } from '../record/audit/auditor.ts'
import { type FollowOptions, followLog, followLogs } from '../shell/log-reader/log-follower.ts'
import { formatConsumer } from './audit.ts'
import { countArgument, filterOf, type FollowArguments } from './audit-arguments.ts'
import { createFormat } from './audit-format.ts'
import { AuditOutput } from './audit-output.ts'
import { asEnvironmentError, withWorkerFiles } from './audit-reading.ts'
import { EXIT } from './exit-code.ts'

/** Resolves to the exit code when it is stopped. @throws UsageError, EnvironmentError */
export async function auditFollow(given: FollowArguments): Promise<number> {
  const format = createFormat(given.format, process.stdout)
  const output = new AuditOutput(process.stdout, format.isRaw === true ? 'latin1' : 'utf8')
  const auditor = new Auditor(filterOf(given, Date.now()), formatConsumer(format, output))
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  const note = (text: string): void => {
    process.stderr.write(`portcullis: ${given.log}: ${text}\n`)
  }
  output.write(format.header())
  await output.flush()
  const options: FollowOptions = {
    lines: countArgument('lines', given.lines),
    signal: stop.signal,
    onLine: (text) => {
      const problem = auditor.accept(text)
      if (problem !== undefined) note(problem)
    },
    onNote: note,
    flush: () => output.flush(),
  }
  try {
    const [log = given.log, ...others] = await withWorkerFiles([given.log])
    await (others.length === 0 ? followLog(log, options) : followLogs([log, ...others], options))
  } catch (error) {
    throw asEnvironmentError(error)
  }
  output.write(format.footer())
  await output.flush()
  return EXIT.ok
}
