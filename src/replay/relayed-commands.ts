/**
 * What the proxy of a capture sent to the server, where it can be read: TLS records went through
 * it as they came, so as many bytes as the engine has passed on unread are no commands.
 */
import type { AskedCommands } from './asked.ts'

export class RelayedCommands {
  /** Bytes of the capture since TLS began. */
  #seen = 0

  /** TLS begins here. */
  secured(): void {
    this.#seen = 0
  }

  /** `unread`: how many bytes the engine has passed on since TLS began, `isOpaque`: and still does. */
  push(asked: AskedCommands, bytes: Uint8Array, unread: number, isOpaque: boolean): void {
    const rest = isOpaque ? bytes.length : Math.max(0, unread - this.#seen)
    this.#seen += bytes.length
    if (rest < bytes.length) asked.relayed(bytes.subarray(rest))
  }
}
