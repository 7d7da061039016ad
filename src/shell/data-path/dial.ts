/** Connecting the other leg of a data connection. */
import { Socket } from 'node:net'
import type { Pinhole } from '../../engine/nat/pinhole.ts'
import type { Duration } from '../../net/instant.ts'
import type { Port } from '../../net/port.ts'
import { delay } from './delay.ts'

/** A connected socket that is not read, or the operating system's word for what went wrong. */
export type DialAnswer =
  | { readonly type: 'connected'; readonly socket: Socket }
  | { readonly type: 'failed'; readonly cause: string }

export interface Dial {
  /** No answer will come. The socket is closed, connected or not. */
  abort(): void
}

/** Why a wished source port may be given up: privilege, in use, or in TIME_WAIT with this peer. */
const GIVES_UP_PORT: ReadonlySet<string> = new Set(['EACCES', 'EADDRINUSE', 'EADDRNOTAVAIL'])

/**
 * Connects to `dial` from `from`; where the port of `from` cannot be had, from any port of its
 * address. Answers exactly once and never before it returns.
 */
export function dialLeg(
  { dial, from }: Pick<Pinhole, 'dial' | 'from'>,
  timeout: Duration,
  answer: (result: DialAnswer) => void,
): Dial {
  let isOver = false
  let current = attempt(from.port)
  const timer = setTimeout(() => settle({ type: 'failed', cause: 'ETIMEDOUT' }), delay(timeout))

  function attempt(localPort: Port | undefined): Socket {
    const socket = new Socket({ allowHalfOpen: true })
    // Stays for as long as the socket does: an `error` event nobody listens to ends the process.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isOver || socket !== current) return
      const cause = error.code ?? 'EIO'
      if (localPort !== undefined && GIVES_UP_PORT.has(cause)) current = attempt(undefined)
      else settle({ type: 'failed', cause })
    })
    socket.once('connect', () => settle({ type: 'connected', socket }))
    socket.setNoDelay(true)
    // Paused, so that connecting does not start to read.
    socket.pause()
    socket.connect({
      host: dial.address,
      port: dial.port,
      localAddress: from.address,
      ...(localPort === undefined ? {} : { localPort }),
    })
    return socket
  }

  function settle(result: DialAnswer): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    if (result.type === 'failed') current.destroy()
    answer(result)
  }

  return {
    abort() {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      current.destroy()
    },
  }
}
