/** What the kernel data path needs of the kernel; tests bring their own. */
import type { Conntrack } from '../../netlink/conntrack.ts'
import type { NflogReader } from '../../netlink/nflog.ts'

/** Runs one transaction; throws when it was refused. */
export type RunTransaction = (text: string) => void

/** Connections that the ruleset let in or turned away. */
export type PacketReader = Pick<NflogReader, 'read' | 'lost'>

/** Connections as the kernel tracks them. */
export type FlowTable = Pick<Conntrack, 'get' | 'delete'>

export interface Kernel {
  readonly run: RunTransaction
  readonly packets: PacketReader
  readonly flows: FlowTable
  /** Takes everything away that was made for the data path. */
  release(): void
}
