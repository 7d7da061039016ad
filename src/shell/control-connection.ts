/** Both legs of one session: turns what the sockets do into events and performs its effects. */
import type { Socket } from 'node:net'
import type { SessionId } from '../engine/id.ts'
import type { SessionEvent, Side } from '../engine/session/event.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { type Origin, startConnecting } from './connect-server.ts'
import { errorCode } from './error-code.ts'
import { Leg } from './leg.ts'
import type { LingeringSockets } from './lingering-sockets.ts'
import { RefusalPace } from './refusal-pace.ts'
import { localEnd, peerEnd } from './socket-end.ts'
import { now } from './system-clock.ts'

export class ControlConnection {
  /** `undefined` when the client was gone before it was looked at. */
  readonly client: Endpoint | undefined
  readonly #session: SessionId
  readonly #report: (event: SessionEvent) => void
  readonly #lingering: LingeringSockets
  readonly #client: Leg
  readonly #refusals: RefusalPace = new RefusalPace()
  #server: Leg | undefined
  #dialing: Socket | undefined

  constructor(
    session: SessionId,
    client: Socket,
    lingering: LingeringSockets,
    report: (event: SessionEvent) => void,
  ) {
    this.#session = session
    this.#lingering = lingering
    this.#report = report
    this.client = peerEnd(client)
    this.#client = this.#leg('client', client)
  }

  /** Connects the server leg; a failure is reported, never thrown. */
  connectServer(server: Endpoint, origin: Origin): void {
    let socket: Socket
    try {
      socket = startConnecting(server, origin)
    } catch (error) {
      this.#report({ type: 'serverFailed', session: this.#session, cause: errorCode(error) })
      return
    }
    this.#dialing = socket
    const failed = (error: unknown): void => {
      this.#dialing = undefined
      this.#report({ type: 'serverFailed', session: this.#session, cause: errorCode(error) })
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      this.#dialing = undefined
      this.#server = this.#leg('server', socket)
      const local = localEnd(socket)
      if (local === undefined) return this.#server.destroy()
      this.#report({ type: 'serverConnected', session: this.#session, local })
    })
  }

  send(side: Side, bytes: Uint8Array): void {
    this.#legOf(side)?.send(bytes)
  }

  pause(side: Side): void {
    this.#legOf(side)?.pause('engine')
  }

  resume(side: Side): void {
    this.#legOf(side)?.resume('engine')
  }

  /** Its client was refused something. */
  refused(): void {
    const milliseconds = this.#refusals.add(now())
    if (milliseconds > 0) this.#client.slowDown(milliseconds)
  }

  close(side: Side): void {
    if (side === 'server') this.#abandonDial()
    this.#legOf(side)?.close()
  }

  destroy(): void {
    this.#abandonDial()
    this.#client.destroy()
    this.#server?.destroy()
  }

  #abandonDial(): void {
    const socket = this.#dialing
    this.#dialing = undefined
    socket?.removeAllListeners('connect')
    socket?.on('error', () => undefined)
    socket?.destroy()
  }

  #legOf(side: Side): Leg | undefined {
    return side === 'client' ? this.#client : this.#server
  }

  #leg(side: Side, socket: Socket): Leg {
    const session = this.#session
    const other: Side = side === 'client' ? 'server' : 'client'
    return new Leg(socket, this.#lingering, {
      bytes: (bytes) => {
        this.#report({ type: 'bytes', session, side, bytes })
      },
      closed: (cause) => {
        this.#report({ type: 'sideClosed', session, side, cause })
      },
      // A peer that does not read slows the other one down instead of filling our memory.
      congested: (isCongested) => {
        if (isCongested) this.#legOf(other)?.pause('congestion')
        else this.#legOf(other)?.resume('congestion')
      },
    })
  }
}
