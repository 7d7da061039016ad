/**
 * The two legs of one data connection, from accept to the last FIN. Nothing is read from either leg
 * before `start`: until then the kernel holds what the peers send, their FIN and their RST as well.
 *
 *   accepted (──hold──▶ kept) ──dial──▶ dialling ──connected──▶ held ──start──▶ flowing ──▶ ending ──▶ over
 *
 * Each `dial` is answered in exactly one of two ways: `dataDialFailed`; or `dataDialed` and, later,
 * `dataEnded`. Both come when the legs are closed, so never from inside a call.
 */
import type { Socket } from 'node:net'
import type { Pinhole } from '../../engine/nat/pinhole.ts'
import type { TransferDirection } from '../../engine/session/effect.ts'
import type { Side } from '../../engine/session/event.ts'
import type { DataConnectionId } from '../../engine/id.ts'
import type { Duration } from '../../net/instant.ts'
import type { Buffers } from './buffer-pool.ts'
import { Copy } from './copy.ts'
import type { DataEvent } from './data-path.ts'
import { delay } from './delay.ts'
import { type Dial, type DialAnswer, dialLeg } from './dial.ts'
import { localEnd } from '../socket-end.ts'
import { adoptLeg, hasLostPeer, resetLeg } from './leg.ts'

/** How often a connection that is dialling looks whether the accepted peer is still there. */
const PEER_CHECK_MS = 200

/** What a data connection needs from its data path. */
export interface DataConnectionHost {
  report(event: DataEvent): void
  /** Both legs are closed; nothing more will be reported. */
  over(connection: DataConnectionId): void
  /** Buffers for the direction of the file. */
  readonly fileBuffers: Buffers
  /** Small buffers for the other direction. */
  readonly reverseBuffers: Buffers
}

type EndCause = Extract<DataEvent, { type: 'dataEnded' }>['cause']

/** The bytes of a connection that has started. */
interface Flow {
  readonly direction: TransferDirection
  readonly fileBuffer: Buffer
  readonly reverseBuffer: Buffer
  readonly toClient: Copy
  readonly toServer: Copy
  readonly idleTimer: NodeJS.Timeout
}

export class DataConnection {
  readonly #id: DataConnectionId
  readonly #host: DataConnectionHost
  #accepted: Socket
  #dialled: Socket | undefined
  #openLegs = 1
  #pinhole: Pinhole | undefined
  #dial: Dial | undefined
  #peerCheck: NodeJS.Timeout | undefined
  #flow: Flow | undefined
  #hasStood = false
  /** Nobody has decided yet, and that is meant so. */
  #isKept = false
  /** Why it ends; the first reason is kept. */
  #cause: EndCause | undefined
  #dialCause = 'ECANCELED'

  /** Takes over a socket that is paused, unread and already has an `error` listener. */
  constructor(id: DataConnectionId, accepted: Socket, host: DataConnectionHost) {
    this.#id = id
    this.#accepted = accepted
    this.#host = host
    this.#watch(accepted)
  }

  /** Whether nobody has said yet what is to become of it. */
  get isUnanswered(): boolean {
    return !this.#isKept && this.#pinhole === undefined && this.#cause === undefined
  }

  /** It may be dialled later; until then it is left as it is, and given up if the peer leaves. */
  hold(): void {
    this.#isKept = true
  }

  dial(pinhole: Pinhole, timeout: Duration): void {
    if (this.#pinhole !== undefined || this.#cause !== undefined) return
    this.#pinhole = pinhole
    this.#dial = dialLeg(pinhole, timeout, (answer) => this.#dialAnswered(answer))
    this.#peerCheck = setInterval(() => {
      if (hasLostPeer(this.#accepted)) this.#dialFailed('ECONNRESET')
    }, PEER_CHECK_MS)
  }

  /** Lets bytes flow in both directions; `direction` says which of them is the file. */
  start(direction: TransferDirection, idle: Duration): void {
    const pinhole = this.#pinhole
    const dialled = this.#dialled
    if (pinhole === undefined || dialled === undefined) return
    if (this.#flow !== undefined || this.#cause !== undefined) return
    if (this.#accepted.destroyed || dialled.destroyed) return this.#end('reset')
    const fileBuffer = this.#host.fileBuffers.take()
    const reverseBuffer = this.#host.reverseBuffers.take()
    const moved = (): void => this.#moved()
    const copyOf = (towards: Side): Copy =>
      `to-${towards}` === direction
        ? new Copy(fileBuffer, 'file', moved)
        : new Copy(reverseBuffer, 'reverse', moved)
    const idleTimer = setTimeout(() => this.#end('idle'), delay(idle))
    const toClient = copyOf('client')
    const toServer = copyOf('server')
    this.#flow = { direction, fileBuffer, reverseBuffer, toClient, toServer, idleTimer }
    const isPassive = pinhole.mode === 'passive'
    const fromAccepted = isPassive ? toServer : toClient
    const fromDialled = isPassive ? toClient : toServer
    // The old sockets close without their legs: they are no longer ours when they say so.
    this.#accepted = adoptLeg(this.#accepted, fromAccepted.onread)
    this.#dialled = adoptLeg(dialled, fromDialled.onread)
    this.#watch(this.#accepted)
    this.#watch(this.#dialled)
    fromAccepted.run(this.#accepted, this.#dialled)
    fromDialled.run(this.#dialled, this.#accepted)
  }

  /** Ends both legs with a RST; for a connection that was not dialled this is all that happens. */
  close(): void {
    this.#end('closed')
  }

  /** Every socket of a connection passes through here before anything else happens to it. */
  #watch(socket: Socket): void {
    socket.on('error', () => this.#legFailed(socket))
    socket.once('close', () => this.#legClosed(socket))
  }

  #dialAnswered(answer: DialAnswer): void {
    clearInterval(this.#peerCheck)
    if (answer.type === 'failed') return this.#dialFailed(answer.cause)
    this.#dialled = answer.socket
    this.#openLegs += 1
    this.#watch(answer.socket)
    const local = localEnd(answer.socket)
    if (local === undefined || hasLostPeer(this.#accepted)) return this.#dialFailed('ECONNRESET')
    this.#hasStood = true
    if (this.#pinhole === undefined) return
    this.#host.report({
      type: 'dataDialed',
      session: this.#pinhole.session,
      connection: this.#id,
      local,
    })
  }

  #moved(): void {
    // `refresh` would revive a timer that was cleared.
    if (this.#cause === undefined && this.#openLegs > 0) this.#flow?.idleTimer.refresh()
  }

  #dialFailed(cause: string): void {
    this.#dialCause = cause
    this.#end('reset')
  }

  /** The single way to an early end. */
  #end(cause: EndCause): void {
    this.#cause ??= cause
    this.#dial?.abort()
    clearInterval(this.#peerCheck)
    clearTimeout(this.#flow?.idleTimer)
    resetLeg(this.#accepted)
    if (this.#dialled !== undefined) resetLeg(this.#dialled)
  }

  /**
   * A leg was reset, or written to after its peer had closed. The peer on the other side must not
   * take what it got for the whole file, so it is reset too; unless the file came from this leg and
   * came in full. Then only the way back is broken (a client's TLS close_notify sent to a server
   * that has closed, say) and the file is delivered to its end.
   */
  #legFailed(socket: Socket): void {
    const flow = this.#flow
    if (
      flow !== undefined &&
      socket === this.#leg(flow.direction === 'to-client' ? 'server' : 'client')
    ) {
      const [file, reverse] =
        flow.direction === 'to-client'
          ? [flow.toClient, flow.toServer]
          : [flow.toServer, flow.toClient]
      if (file.hasEnded && this.#cause === undefined) return reverse.discard()
    }
    this.#end('reset')
  }

  #leg(side: Side): Socket | undefined {
    const acceptedSide = this.#pinhole?.mode === 'passive' ? 'client' : 'server'
    return side === acceptedSide ? this.#accepted : this.#dialled
  }

  #legClosed(socket: Socket): void {
    if (socket !== this.#accepted && socket !== this.#dialled) return
    this.#openLegs -= 1
    if (this.#openLegs > 0) return
    const flow = this.#flow
    if (flow !== undefined) {
      clearTimeout(flow.idleTimer)
      this.#host.fileBuffers.give(flow.fileBuffer)
      this.#host.reverseBuffers.give(flow.reverseBuffer)
    }
    this.#host.over(this.#id)
    this.#reportEnd(flow)
  }

  #reportEnd(flow: Flow | undefined): void {
    if (this.#pinhole === undefined) return
    const { session } = this.#pinhole
    const connection = this.#id
    if (!this.#hasStood) {
      this.#host.report({ type: 'dataDialFailed', session, connection, cause: this.#dialCause })
      return
    }
    this.#host.report({
      type: 'dataEnded',
      session,
      connection,
      toClientBytes: flow?.toClient.deliveredBytes ?? 0,
      toServerBytes: flow?.toServer.deliveredBytes ?? 0,
      cause: this.#cause ?? 'end',
    })
  }
}
