/**
 * The control connections of the running proxy as a capture file, both legs of each: what a peer
 * sent and what it was sent instead can be compared in any tool that reads pcapng. Data connections
 * are not in it. Passwords are: everything that a leg carried is, so the file is readable for its
 * owner alone.
 */
import { createWriteStream, type WriteStream } from 'node:fs'
import type { SessionId } from '../engine/id.ts'
import type { Side } from '../engine/session/event.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { ipFamily } from '../net/ip.ts'
import { formatLegComment } from '../record/capture/leg-comment.ts'
import { LINK_TYPES } from '../record/capture/packet.ts'
import { interfaceBlock, packetBlock, sectionBlock } from '../record/capture/pcapng-writer.ts'
import { TcpWriter } from '../record/capture/tcp-writer.ts'

const OWNER_ONLY = 0o600

/** What may wait for the disk; beyond it packets are left out and counted. */
const WAITING_BYTES_MAX: number = 16 * 1024 * 1024

/** Legs in the order of their interfaces in the file. */
const INTERFACES: readonly Side[] = ['client', 'server']

export interface CaptureFileOptions {
  /** Written on if it exists. */
  readonly path: string
  /** Name and version of the program. */
  readonly program: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Called once, when the file can no longer be written. */
  readonly onFailure: (error: Error) => void
}

interface Leg {
  readonly writer: TcpWriter
  /** The side of the TCP connection that is the peer's: it opened the client leg, we the server's. */
  readonly peer: 0 | 1
}

export class CaptureFile {
  readonly #stream: WriteStream
  readonly #now: () => number
  readonly #legs = new Map<string, Leg>()
  #ordinal = 0
  #isFailed = false
  #lost = 0

  constructor({ path, program, now, onFailure }: CaptureFileOptions) {
    this.#now = now ?? Date.now
    this.#stream = createWriteStream(path, { flags: 'a', mode: OWNER_ONLY })
    this.#stream.on('error', (error) => {
      if (this.#isFailed) return
      this.#isFailed = true
      this.#legs.clear()
      onFailure(error)
    })
    this.#write(sectionBlock(program))
    for (const side of INTERFACES) this.#write(interfaceBlock(LINK_TYPES.raw, `${side} side`))
  }

  /** Packets that were left out because the disk was too slow. */
  get lostPackets(): number {
    return this.#lost
  }

  /** A leg stands: `peer` is the client or the server, `local` our end of it. */
  opened(session: SessionId, side: Side, peer: Endpoint, local: Endpoint): void {
    if (this.#isFailed || ipFamily(peer.address) !== ipFamily(local.address)) return
    this.#ordinal += 1
    const isClient = side === 'client'
    const [from, to] = isClient ? [peer, local] : [local, peer]
    const leg: Leg = { writer: new TcpWriter(from, to, this.#ordinal), peer: isClient ? 0 : 1 }
    this.#legs.set(legKey(session, side), leg)
    const comment = formatLegComment({ session, side }, peer)
    for (const [index, frame] of leg.writer.open().entries())
      this.#packet(side, frame, index === 0 ? comment : undefined)
  }

  /** Bytes on a leg: `in` from its peer, `out` to its peer. */
  bytes(session: SessionId, side: Side, direction: 'in' | 'out', bytes: Uint8Array): void {
    const leg = this.#legs.get(legKey(session, side))
    if (leg === undefined) return
    for (const frame of leg.writer.data(speaker(leg, direction), bytes)) this.#packet(side, frame)
  }

  /** A leg ends, by its peer (`in`) or by us (`out`). */
  closed(session: SessionId, side: Side, direction: 'in' | 'out', cause: 'end' | 'reset'): void {
    const key = legKey(session, side)
    const leg = this.#legs.get(key)
    if (leg === undefined) return
    const who = speaker(leg, direction)
    const frames = cause === 'reset' ? leg.writer.reset(who) : leg.writer.end(who)
    for (const frame of frames) this.#packet(side, frame)
    if (leg.writer.isOver) this.#legs.delete(key)
  }

  /** Both legs of a session are gone; one that did not end before was given up by us. */
  ended(session: SessionId): void {
    for (const side of INTERFACES) this.closed(session, side, 'out', 'reset')
  }

  /** Resolves when everything is written, or known not to be. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isFailed || this.#stream.destroyed) return resolve()
      this.#stream.once('close', () => resolve())
      this.#stream.end()
    })
  }

  #packet(side: Side, frame: Uint8Array, comment?: string): void {
    if (this.#stream.writableLength > WAITING_BYTES_MAX) {
      this.#lost += 1
      return
    }
    this.#write(packetBlock(INTERFACES.indexOf(side), this.#now(), frame, comment))
  }

  #write(block: Uint8Array): void {
    if (!this.#isFailed) this.#stream.write(block)
  }
}

function speaker({ peer }: Leg, direction: 'in' | 'out'): 0 | 1 {
  if (direction === 'in') return peer
  return peer === 0 ? 1 : 0
}

function legKey(session: SessionId, side: Side): string {
  return `${session} ${side}`
}
