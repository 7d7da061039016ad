/** `portcullis audit verify`: whether a log is what was written. */
import { LogVerifier, type VerificationReport } from '../record/audit/log-verifier.ts'
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
  const chains = await openGivenLogs(given.logs, given['in-order'])
  const progress = new AuditProgress(process.stderr, totalBytes(chains), now)
  const problems = new ProblemReport((text) => {
    progress.clear()
    process.stderr.write(`${text}\n`)
  })
  let lines = 0
  let damaged = 0
  const reports: VerificationReport[] = []
  for (const chain of chains) {
    const verifier = new LogVerifier(expected)
    damaged += await readLogs([chain], {
      beginFile: (name) => verifier.beginFile(name),
      line: (text, _file, _number, isCutShort) => {
        lines += 1
        verifier.accept(text, isCutShort)
      },
      problem: (text) => problems.add(text),
      flush: async () => {
        progress.update(readBytes(chains), lines)
        return true
      },
    })
    reports.push(verifier.report())
  }
  progress.clear()
  problems.end()
  const judged = withExpectation(reports)
  const style = styleFor(process.stdout)
  process.stdout.write(judged.map((report) => verifyText(report, { style, expected })).join('\n'))
  return damaged === 0 && judged.every(isIntact) ? EXIT.ok : EXIT.failed
}

/** A hash that was noted is of one chain, and the others need not have it. */
function withExpectation(reports: readonly VerificationReport[]): readonly VerificationReport[] {
  if (reports.every(({ hasExpected }) => hasExpected !== true)) return reports
  return reports.map((report) =>
    report.hasExpected === true ? report : { ...report, hasExpected: undefined },
  )
}
