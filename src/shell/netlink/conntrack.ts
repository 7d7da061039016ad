/**
 * Connection tracking of this network namespace, asked about one flow at a time. That costs some
 * microseconds a flow, and no process is woken by the flows of others.
 */
import { constants } from 'node:os'
import {
  deleteRequest,
  type FlowEntry,
  type FlowState,
  type FlowTuple,
  getRequest,
  parseFlow,
} from './flow-message.ts'
import { failure, NetlinkSocket } from './netlink-socket.ts'

export type { FlowCount, FlowState, FlowTuple } from './flow-message.ts'

export class Conntrack {
  readonly #socket: NetlinkSocket

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /** @throws SystemCallError. That CAP_NET_ADMIN is missing shows with the first question. */
  static open(): Conntrack {
    return new Conntrack(NetlinkSocket.open())
  }

  /** How a flow stands; `undefined` when the kernel no longer knows it. */
  get(tuple: FlowTuple): FlowState | undefined {
    const entry = this.#find(tuple)
    return entry && { state: entry.state, original: entry.original, reply: entry.reply }
  }

  /** Makes the kernel forget a flow; whether there was one. Its later packets are new to the rules. */
  delete(tuple: FlowTuple): boolean {
    const entry = this.#find(tuple)
    if (entry === undefined) return false
    const sequence = this.#socket.nextSequence()
    const answer = this.#socket.ask(deleteRequest(tuple, entry.id, sequence), sequence)
    if (answer === 0) return true
    if (answer === constants.errno.ENOENT) return false
    throw failure('conntrack delete', answer)
  }

  close(): void {
    this.#socket.close()
  }

  #find(tuple: FlowTuple): FlowEntry | undefined {
    const sequence = this.#socket.nextSequence()
    const answer = this.#socket.ask(getRequest(tuple, sequence), sequence)
    if (typeof answer === 'object') return parseFlow(answer, tuple)
    if (answer === constants.errno.ENOENT) return undefined
    throw failure('conntrack get', answer)
  }
}
