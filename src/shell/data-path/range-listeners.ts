/**
 * Who listens on the ports of a static range, which several sessions share: this process itself, or,
 * where several processes share the sessions, the one that they have in common.
 */
import type { Socket } from 'node:net'
import { type PinholeId, portPinholeId } from '../../engine/id.ts'
import type { Ip } from '../../net/ip.ts'
import { eachPort, type Port, type PortRange, rangeSize } from '../../net/port.ts'
import type { PinholeListeners } from './pinhole-listeners.ts'

/** A range, and the one address of ours that it is at. */
export interface ListeningRange {
  readonly id: PinholeId
  readonly address: Ip
  readonly ports: PortRange
}

export interface RangeListeners {
  /** Calls `answer` once, and never before this returns: with the ports that are not to be had. */
  open(range: ListeningRange, answer: (missing: readonly Port[]) => void): void
  /** Unknown ranges are none of our business. */
  close(range: ListeningRange): void
}

/** Makes the listeners of a data path, which are to give it the sockets that they accept. */
export type RangeListenersFactory = (onConnection: (socket: Socket) => void) => RangeListeners

/** One listener a port, shared with the ranges of other sessions. */
export class OwnRangeListeners implements RangeListeners {
  readonly #listeners: PinholeListeners

  constructor(listeners: PinholeListeners) {
    this.#listeners = listeners
  }

  open({ id, address, ports }: ListeningRange, answer: (missing: readonly Port[]) => void): void {
    const missing: Port[] = []
    let unanswered = rangeSize(ports)
    for (const port of eachPort(ports))
      this.#listeners.open({ id: portPinholeId(id, port), listen: { address, port } }, (each) => {
        if (each.type === 'failed') missing.push(port)
        unanswered -= 1
        if (unanswered === 0) answer(missing)
      })
  }

  close({ id, ports }: ListeningRange): void {
    for (const port of eachPort(ports)) this.#listeners.close(portPinholeId(id, port))
  }
}
