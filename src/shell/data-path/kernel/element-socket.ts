/** Adds and deletes elements, a transaction a call. */
import { SystemCallError } from '../../native/libc.ts'
import { errorNumber, parseMessages } from '../../netlink/message.ts'
import { failure, NetlinkSocket } from '../../netlink/netlink-socket.ts'
import { formatBatch } from './element-message.ts'
import type { Command } from './elements.ts'

export class ElementSocket {
  readonly #socket: NetlinkSocket

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /** @throws SystemCallError */
  static open(): ElementSocket {
    return new ElementSocket(NetlinkSocket.open())
  }

  /** @throws SystemCallError with the first failure; the kernel has done nothing then. */
  run(commands: readonly Command[]): void {
    if (commands.length === 0) return
    const sequence = this.#socket.nextSequence()
    this.#socket.send(formatBatch(commands, sequence))
    // The transaction is over when `send` returns: its answers are there, and there are no more of
    // them than there were messages.
    let isAcknowledged = false
    for (let read = 0; read <= commands.length + 2; read++) {
      const received = this.#socket.receive()
      if (received === 'nothing') break
      if (received === 'overrun') continue
      for (const message of parseMessages(received)) {
        if (message.sequence !== sequence) continue
        const error = errorNumber(message)
        if (error !== 0) throw failure('nf_tables', error ?? message)
        isAcknowledged = true
      }
    }
    if (!isAcknowledged) throw new SystemCallError('nf_tables', 'ENOMSG')
  }

  close(): void {
    this.#socket.close()
  }
}
