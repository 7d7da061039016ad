/** `portcullis audit verify`: whether a log is what was written. */
import { LogVerifier } from '../record/audit/log-verifier.ts'
import { isIntact, verifyText } from '../record/audit/verify-text.ts'
import { readLogs } from '../shell/log-reader/log-files.ts'
import { now } from '../shell/system-clock.ts'
import type { VerifyArguments } from './audit-arguments.ts'
import { styleFor } from './audit-format.ts'
import { ProblemReport } from './audit-output.ts'
import { AuditProgress } from './audit-progress.ts'
import { openGivenLogs, readBytes, totalBytes } from './audit-reading.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

/** Resolves to the exit code. @throws UsageError, EnvironmentError */
export async function auditVerify(given: VerifyArguments): Promise<number> {
  const expected = given.expect?.toLowerCase()
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected))
    throw new UsageError('--expect: a hash has 64 hexadecimal digits')
  const sources = await openGivenLogs(given.logs, given['in-order'])
  const verifier = new LogVerifier(expected)
  const progress = new AuditProgress(process.stderr, totalBytes(sources), now)
  const problems = new ProblemReport((text) => {
    progress.clear()
    process.stderr.write(`${text}\n`)
  })
  let lines = 0
  const damaged = await readLogs(sources, {
    beginFile: (name) => verifier.beginFile(name),
    line: (text, _file, _number, isCutShort) => {
      lines += 1
      verifier.accept(text, isCutShort)
    },
    problem: (text) => problems.add(text),
    flush: async () => {
      progress.update(readBytes(sources), lines)
      return true
    },
  })
  progress.clear()
  problems.end()
  const report = verifier.report()
  process.stdout.write(verifyText(report, { style: styleFor(process.stdout), expected }))
  return damaged === 0 && isIntact(report) ? EXIT.ok : EXIT.failed
}
