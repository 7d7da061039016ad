/** Reads logs through an auditor: what all audit commands but `verify` and `follow` have in common. */
import type { Auditor } from '../record/audit/auditor.ts'
import { openLogs, readLogs } from '../shell/log-reader/log-files.ts'
import { LogReadError } from '../shell/log-reader/log-read-error.ts'
import type { LogSource } from '../shell/log-reader/log-source.ts'
import { now } from '../shell/system-clock.ts'
import { type AuditOutput, ProblemReport } from './audit-output.ts'
import { AuditProgress } from './audit-progress.ts'
import { EnvironmentError } from './environment-error.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError without a log, EnvironmentError when one is not there. */
export async function openGivenLogs(
  names: readonly string[] | undefined,
  inOrder: boolean,
): Promise<readonly LogSource[]> {
  if (names === undefined || names.length === 0)
    throw new UsageError('name the packet logs; - is standard input')
  if (names.filter((name) => name === '-').length > 1)
    throw new UsageError('standard input can be read only once')
  try {
    return await openLogs(names, inOrder)
  } catch (error) {
    throw asEnvironmentError(error)
  }
}

/** The same error as one line for whoever called the program. */
export function asEnvironmentError(error: unknown): unknown {
  return error instanceof LogReadError
    ? new EnvironmentError(error.message, { cause: error })
    : error
}

export interface Reading {
  readonly sources: readonly LogSource[]
  readonly auditor: Auditor
  readonly output: AuditOutput
  /** Records appear on the terminal as they are found, where a bar would only be in the way. */
  readonly isQuiet: boolean
  /** All is known that was asked. */
  readonly isDone?: () => boolean
}

/** @returns how many files are damaged. */
export async function readThrough(reading: Reading): Promise<number> {
  const { sources, auditor, output, isDone } = reading
  const terminal = reading.isQuiet ? { write: () => undefined } : process.stderr
  const progress = new AuditProgress(terminal, totalBytes(sources), now)
  const problems = new ProblemReport((text) => {
    progress.clear()
    process.stderr.write(`${text}\n`)
  })
  const damaged = await readLogs(sources, {
    line: (text, file, number) => {
      const problem = auditor.accept(text)
      if (problem !== undefined) problems.add(`${file}:${number}: ${problem}`)
    },
    problem: (text) => problems.add(text),
    flush: async () => {
      progress.update(readBytes(sources), auditor.lines)
      return (await output.flush()) && isDone?.() !== true
    },
  })
  progress.clear()
  problems.end()
  return damaged
}

export function totalBytes(sources: readonly LogSource[]): number | undefined {
  const sizes = sources.map(({ bytes }) => bytes)
  return sizes.reduce(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  )
}

export function readBytes(sources: readonly LogSource[]): number {
  return sources.reduce((sum, source) => sum + source.readBytes, 0)
}
