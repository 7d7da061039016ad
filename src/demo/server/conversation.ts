import type { Ip } from '../../net/ip.ts'
import type { DataConnector } from './data-connector.ts'
import type { DirectoryEntry } from './file-tree.ts'

/** What the commands of one control connection share. */
export interface Conversation {
  readonly root: DirectoryEntry
  readonly data: DataConnector
  /** Our end of the control connection: what 227 announces. */
  readonly local: Ip
  /** The client's address: the only one that PORT and EPRT may name. */
  readonly peer: Ip
  user: string | undefined
  isLoggedIn: boolean
  directory: string
  type: 'A' | 'I'
  /** Where the next RETR starts (REST); used once. */
  restartAt: number
  /** After `EPSV ALL` every other way to set up a data connection is refused (RFC 2428 §4). */
  isEpsvOnly: boolean
  /** Sends a reply; more than one line makes it a multi-line reply. */
  reply(code: number, ...lines: readonly string[]): void
  /** Sends `bytes` over the data connection that was set up, and the replies that go with it. */
  transfer(what: string, bytes: Uint8Array): Promise<void>
  /** Ends the control connection once everything sent has left. */
  end(): void
}

/** Carries out one command. */
export type Handler = (conversation: Conversation, argument: string) => void | Promise<void>
