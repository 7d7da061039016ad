/** What the kernel data path needs of the kernel; tests bring their own. */
import type { Conntrack } from '../../netlink/conntrack.ts'
import type { NflogReader } from '../../netlink/nflog.ts'
import type { Command } from './elements.ts'

/** Performs one transaction; throws when it was refused, and then nothing was changed. */
export type RunTransaction = (commands: readonly Command[]) => void

/** Connections that the ruleset let in or turned away. */
export type PacketReader = Pick<NflogReader, 'read' | 'lost'>

/** Connections as the kernel tracks them. */
export type FlowTable = Pick<Conntrack, 'get' | 'delete'>

export interface Kernel {
  readonly run: RunTransaction
  /** Changes the ruleset itself, by text; also a transaction. */
  readonly load: (text: string) => void
  readonly packets: PacketReader
  readonly flows: FlowTable
  /** Takes everything away that was made for the data path. */
  release(): void
}
