/**
 * One leg of a data connection is a `net.Socket`. This file knows what `node:net` does not offer in
 * public: telling that a socket nobody reads was reset, asking once more how a socket ended, and giving
 * a socket that is already connected the `onread` option. All go through `socket._handle`, and nothing else does.
 */
import { type OnReadOpts, Socket } from 'node:net'

/** The little that is used of Node's internal TCP handle. */
interface TcpHandle {
  /** Asks the kernel, never a cache. Zero, or a negative errno. */
  getpeername(answer: object): number
  /** Node's own, called with `this` as the handle for whatever was read, an end, or an error. */
  onread: (this: TcpHandle, bytes?: ArrayBuffer) => unknown
  /** Reads; after an end once more, for libuv forgets it. Zero, or a negative errno. */
  readStart(): number
}

interface WithHandle {
  _handle: TcpHandle | null
}

/** Socket options that the types of `node:net` leave out. */
interface AdoptOptions {
  readonly handle: TcpHandle
  readonly allowHalfOpen: true
  /** Do not read before `resume()`. */
  readonly pauseOnCreate: true
  readonly onread?: OnReadOpts
}

const AdoptingSocket = Socket as unknown as new (options: AdoptOptions) => Socket

/**
 * Whether the kernel has forgotten the peer of a connected socket: it was reset, or both sides
 * have sent a FIN. The only way to see a RST on a socket that is not read, for it is not polled.
 */
export function hasLostPeer(socket: Socket): boolean {
  const handle = (socket as unknown as WithHandle)._handle
  return handle === null || handle.getpeername({}) !== 0
}

/**
 * Reads once more from a socket that has emitted `end`, and calls `confirmed` if the kernel says the
 * same: a FIN was received. Otherwise it was a RST, and the socket emits `error` as for any other.
 */
export function confirmEnd(socket: Socket, confirmed: () => void): void {
  const handle = (socket as unknown as WithHandle)._handle
  if (handle === null) return
  const { onread } = handle
  handle.onread = (bytes) => {
    handle.onread = onread
    const answer = onread.call(handle, bytes)
    if (!socket.destroyed) confirmed()
    return answer
  }
  if (handle.readStart() !== 0) socket.destroy(new Error('the end cannot be confirmed'))
}

/**
 * A new socket on the connection of `held`, which must be paused and unread; `held` is used up and
 * emits `close`. The caller attaches its listeners and calls `resume()`. Reading goes into the
 * buffer of `onread` and allocates nothing.
 */
export function adoptLeg(held: Socket, onread: OnReadOpts): Socket {
  return adopt(held, { onread })
}

/**
 * A socket that came from another process, as one that was accepted here: paused, unread, half open
 * when the peer ends. Node begins to read as soon as it comes, so this is for the very callback in
 * which it came; `received` is used up and emits `close`.
 */
export function unreadLeg(received: Socket): Socket {
  return adopt(received, {})
}

function adopt(held: Socket, more: Pick<AdoptOptions, 'onread'>): Socket {
  const inside = held as unknown as WithHandle
  const handle = inside._handle
  if (handle === null) throw new Error('the socket is closed')
  const leg = new AdoptingSocket({ handle, allowHalfOpen: true, pauseOnCreate: true, ...more })
  inside._handle = null
  held.destroy()
  return leg
}

/**
 * Closes a leg with a RST and drops what is unsent. While a FIN is on its way to the kernel libuv
 * refuses to reset (`uv_tcp_close_reset` answers EINVAL) and Node then leaks the descriptor, so in
 * that one turn of the event loop the reset waits for the FIN. Safe to call more than once.
 */
export function resetLeg(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting) socket.destroy()
  else if (socket.writableEnded && !socket.writableFinished)
    socket.once('finish', () => socket.resetAndDestroy())
  else socket.resetAndDestroy()
}
