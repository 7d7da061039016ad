/**
 * Where a report goes. It takes the place of what is there, so it has to be sure that this is an
 * older report: `--html` with the name of a log would be the end of the log.
 */
import { Buffer } from 'node:buffer'
import type { BigIntStats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from '../shell/error-code.ts'
import { fileIdentity, type LogSource } from '../shell/log-reader/log-source.ts'
import { EnvironmentError } from './environment-error.ts'
import { UsageError } from './usage-error.ts'

/** What every report begins with. */
const BEGINNING = '<!doctype html'

/** Whether `path` may be written. @throws UsageError, EnvironmentError */
export async function checkTarget(path: string, sources: readonly LogSource[]): Promise<void> {
  const stats = await explainWrite(path, () => statOrNothing(path))
  if (stats === undefined) return
  if (stats.isDirectory()) throw new UsageError(`--html ${path}: that is a folder`)
  if (!stats.isFile())
    throw new UsageError(`--html ${path}: that is no file; --html - is standard output`)
  const identity = fileIdentity(stats)
  if (sources.some((source) => source.identity === identity))
    throw new UsageError(`--html ${path}: that is a log to be read, and would be overwritten`)
  // Nothing is lost with an empty file.
  if (stats.size > 0n && !(await explainWrite(path, () => isReport(path))))
    throw new UsageError(`--html ${path}: that file is there and is no report; name another one`)
}

/** What goes wrong with `path` in `action`, as one line. @throws EnvironmentError */
export async function explainWrite<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw new EnvironmentError(`cannot write ${path}: ${whyNot(path, error)}`, { cause: error })
  }
}

function whyNot(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return `there is no folder ${dirname(path)}`
    case 'ENOTDIR':
      return `${dirname(path)} is no folder`
    case 'EACCES':
      return 'this user may not'
    case 'ENOSPC':
      return 'there is no room left'
    default:
      // Node puts a comma, the call and its paths behind what happened.
      return error instanceof Error ? (error.message.split(', ', 1)[0] ?? '') : String(error)
  }
}

async function statOrNothing(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function isReport(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const beginning = Buffer.alloc(BEGINNING.length)
    const { bytesRead } = await file.read(beginning, 0, beginning.length, 0)
    return beginning.toString('latin1', 0, bytesRead).toLowerCase() === BEGINNING
  } finally {
    await file.close()
  }
}
