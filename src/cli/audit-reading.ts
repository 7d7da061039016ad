/** Reads logs through an auditor: what all audit commands but `verify` and `follow` have in common. */
import { existsSync } from 'node:fs'
import type { Auditor } from '../record/audit/auditor.ts'
import { beginsLikeRecord } from '../record/audit/log-entry.ts'
import { type LogChain, openLogs, readLogs } from '../shell/log-reader/log-files.ts'
import { LogReadError } from '../shell/log-reader/log-read-error.ts'
import { workerFilesOf } from '../shell/packet-log/worker-file.ts'
import { now } from '../shell/system-clock.ts'
import { type AuditOutput, ProblemReport } from './audit-output.ts'
import { AuditProgress } from './audit-progress.ts'
import { EnvironmentError } from './environment-error.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError without a log, EnvironmentError when one is not there. */
export async function openGivenLogs(
  names: readonly string[] | undefined,
  inOrder: boolean,
): Promise<readonly LogChain[]> {
  if (names === undefined || names.length === 0)
    throw new UsageError('name the packet logs; - is standard input')
  if (names.filter((name) => name === '-').length > 1)
    throw new UsageError('standard input can be read only once')
  try {
    return await openLogs(await withWorkerFiles(names), inOrder)
  } catch (error) {
    throw asEnvironmentError(error)
  }
}

/** In place of a log that is not there, those that workers made of its name. */
export async function withWorkerFiles(names: readonly string[]): Promise<readonly string[]> {
  const all: string[] = []
  for (const name of names) {
    const files = name === '-' || existsSync(name) ? [] : await workerFilesOf(name)
    all.push(...(files.length === 0 ? [name] : files))
  }
  return all
}

/** The same error as one line for whoever called the program. */
export function asEnvironmentError(error: unknown): unknown {
  return error instanceof LogReadError
    ? new EnvironmentError(error.message, { cause: error })
    : error
}

export interface Reading {
  readonly chains: readonly LogChain[]
  readonly auditor: Auditor
  readonly output: AuditOutput
  /** Records appear on the terminal as they are found, where a bar would only be in the way. */
  readonly isQuiet: boolean
  /** All is known that was asked. */
  readonly isDone?: () => boolean
}

/** @returns how many files, and lines of them, are damaged. */
export async function readThrough(reading: Reading): Promise<number> {
  const { chains, auditor, output, isDone } = reading
  const terminal = reading.isQuiet ? { write: () => undefined } : process.stderr
  const progress = new AuditProgress(terminal, totalBytes(chains), now)
  const problems = new ProblemReport((text) => {
    progress.clear()
    process.stderr.write(`${text}\n`)
  })
  let damages = 0
  const damaged = (text: string): void => {
    damages += 1
    problems.add(text)
  }
  const files = new Map<string, { records: number }>()
  await readLogs(chains, {
    line: (text, name, number, isCutShort) => {
      const problem = auditor.accept(text)
      const file = files.get(name) ?? { records: 0 }
      if (file.records === 0) files.set(name, file)
      if (problem === undefined && text !== '') file.records += 1
      if (problem === undefined) return
      const told = `${name}:${number}: ${problem}`
      // The firewall may be about to write the rest.
      if (isCutShort && beginsLikeRecord(text)) problems.add(told)
      else damaged(told)
    },
    problem: damaged,
    flush: async () => {
      progress.update(readBytes(chains), auditor.lines)
      return (await output.flush()) && isDone?.() !== true
    },
  })
  for (const [name, { records }] of files)
    if (records === 0) damaged(`${name}: there is no record in it`)
  progress.clear()
  problems.end()
  return damages
}

export function totalBytes(chains: readonly LogChain[]): number | undefined {
  const sizes = chains.flat().map(({ bytes }) => bytes)
  return sizes.reduce(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  )
}

export function readBytes(chains: readonly LogChain[]): number {
  return chains.flat().reduce((sum, source) => sum + source.readBytes, 0)
}
