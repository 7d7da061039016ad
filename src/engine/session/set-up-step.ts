/** What one step of setting up a data connection comes to. */
import type { Reason } from './reason.ts'

/** Why it came to nothing, for the reply and the record. */
export interface Refusal {
  readonly type: 'refuse'
  readonly reason: Reason
  readonly rule?: string
  readonly detail?: string
}

export type SetUpStep =
  | Refusal
  /** The pinhole is being opened; its answer goes on. */
  | { readonly type: 'held' }
  /** Of a command: send this to the server; its reply goes on. */
  | { readonly type: 'ask'; readonly bytes: Uint8Array }
  /** Of a transfer: send it as it came. */
  | { readonly type: 'go' }
  /** Of a reply: send it on as it came. */
  | { readonly type: 'relay' }
  /** Of a reply: send this to the client instead. */
  | { readonly type: 'tell'; readonly bytes: Uint8Array }

export function refuse(reason: Reason): Refusal {
  return { type: 'refuse', reason }
}
