/** What the start of a run says about sessions: none outlives the process that had it. */
import { workerOfSession } from '../../engine/id.ts'
import { type LogEntry, numberOf } from './log-entry.ts'

/**
 * Which sessions are over when `entry` is read: at a `log.start`, those of the process that wrote to
 * this log before; sessions of other workers, whose records were merged in, go on. `undefined` for
 * every other record.
 */
export function sessionsOverAt(entry: LogEntry): ((session: string) => boolean) | undefined {
  if (entry.type !== 'log.start') return undefined
  const worker = numberOf(entry, 'worker')
  return (session) => workerOfSession(session) === worker
}
