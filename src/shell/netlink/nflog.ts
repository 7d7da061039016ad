/**
 * Reads what rules of this network namespace log to one group of netfilter's packet log. A group has
 * one reader. Nothing waits here: whoever owns the reader comes by often enough.
 */
import { bindRequest, type LoggedPacket, parseLogEntry } from './logged-packet.ts'
import { parseMessages } from './message.ts'
import { failure, NetlinkSocket } from './netlink-socket.ts'

export type { LoggedPacket } from './logged-packet.ts'

/** Room for some thousand packets between two reads. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024

export class NflogReader {
  readonly #socket: NetlinkSocket
  /** The number that the next message should have. */
  #expected = 0
  #missing = 0
  /** The kernel said that it dropped messages; how many, the next one shows. */
  #isOverrun = false

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /**
   * @throws SystemCallError: EPERM without CAP_NET_ADMIN and when the group has another reader,
   * EINVAL when the kernel has no packet log.
   */
  static open(group: number): NflogReader {
    const socket = NetlinkSocket.open()
    try {
      socket.enlargeReceiveBuffer(RECEIVE_BUFFER_BYTES)
      const sequence = socket.nextSequence()
      const answer = socket.ask(bindRequest(group, sequence), sequence)
      if (answer !== 0) throw failure('nflog bind', answer)
      return new NflogReader(socket)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** What was logged since, at most `max` packets, oldest first. */
  read(max: number): readonly LoggedPacket[] {
    const packets: LoggedPacket[] = []
    // The kernel was told to put one packet into a datagram.
    for (let datagrams = 0; datagrams < max && packets.length < max; datagrams++) {
      const received = this.#socket.receive()
      if (received === 'nothing') break
      if (received === 'overrun') this.#isOverrun = true
      else this.#take(received, packets)
    }
    return packets
  }

  /** Packets that came faster than they were read: at least so many. */
  get lost(): number {
    return this.#missing + (this.#isOverrun ? 1 : 0)
  }

  /** Ends the group as well. */
  close(): void {
    this.#socket.close()
  }

  #take(datagram: Uint8Array, packets: LoggedPacket[]): void {
    for (const message of parseMessages(datagram)) {
      const entry = parseLogEntry(message)
      if (entry === undefined) continue
      this.#count(entry.number)
      if (entry.packet !== undefined) packets.push(entry.packet)
    }
  }

  #count(number: number | undefined): void {
    if (number === undefined) return
    const gap = (number - this.#expected) >>> 0
    this.#missing += Math.max(gap, this.#isOverrun ? 1 : 0)
    this.#isOverrun = false
    this.#expected = (number + 1) >>> 0
  }
}
