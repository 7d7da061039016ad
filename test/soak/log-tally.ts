/**
 * The whole packet log, rotated files included: whether it is what was written, and what it says
 * happened.
 */
import { LogVerifier, type VerificationReport } from '../../src/record/audit/log-verifier.ts'
import { openLogs, readLogs } from '../../src/shell/log-reader/log-files.ts'
import { increment } from './counts.ts'

export interface LogTally {
  readonly verification: VerificationReport
  readonly damaged: readonly string[]
  readonly bytes: number
  readonly byType: ReadonlyMap<string, number>
  /** What was stopped, by reason. */
  readonly refusals: ReadonlyMap<string, number>
  /** By client address. */
  readonly opened: ReadonlyMap<string, number>
  readonly closed: ReadonlyMap<string, number>
  /** Sessions that begin and do not end, or the other way round. */
  readonly unpaired: readonly string[]
  /** Why sessions ended. */
  readonly endings: ReadonlyMap<string, number>
}

interface LogRecord {
  readonly type: string
  readonly session?: string
  readonly client?: string
  readonly verdict?: string
  readonly reason?: string
}

export async function tallyLogs(files: readonly string[]): Promise<LogTally> {
  const sources = await openLogs(files)
  const verifier = new LogVerifier()
  const damaged: string[] = []
  const byType = new Map<string, number>()
  const refusals = new Map<string, number>()
  const opened = new Map<string, number>()
  const closed = new Map<string, number>()
  const endings = new Map<string, number>()
  const open = new Set<string>()
  const unpaired: string[] = []
  let bytes = 0
  const take = (record: LogRecord): void => {
    const { type, session = '', client = '', reason = '' } = record
    increment(byType, type)
    const address = client.slice(0, client.lastIndexOf(':'))
    if (type === 'session.open') {
      increment(opened, address)
      open.add(session)
    } else if (type === 'session.close') {
      increment(closed, address)
      increment(endings, reason)
      if (!open.delete(session)) unpaired.push(session)
    }
    if (isRefusal(record)) increment(refusals, reason)
  }
  await readLogs(sources, {
    beginFile: (name) => verifier.beginFile(name),
    line: (text, _file, _number, isCutShort) => {
      bytes += text.length + 1
      verifier.accept(text, isCutShort)
      take(JSON.parse(text) as LogRecord)
    },
    problem: (text) => damaged.push(text),
    flush: () => Promise.resolve(true),
  })
  unpaired.push(...open)
  const verification = verifier.report()
  return { verification, damaged, bytes, byType, refusals, opened, closed, unpaired, endings }
}

function isRefusal({ type, verdict }: LogRecord): boolean {
  if (type === 'session.refused' || type === 'data.refused') return true
  return type === 'verdict' && verdict !== 'permit' && verdict !== 'note'
}
