import type { PacketLogRecord } from '../../engine/session/record.ts'

/** Where records go. Writing never throws and never blocks; what cannot be written is kept. */
export interface PacketLog {
  /** Stamps `time` and `seq`, seals the hash chain and queues the line. */
  write(record: PacketLogRecord): void
  /** Calls back when records can no longer be written, and when they can again. */
  watch(onChange: (state: 'failed' | 'recovered', cause: string) => void): void
  /** Everything queued is on disk (or known lost) when this resolves. */
  close(): Promise<void>
}
