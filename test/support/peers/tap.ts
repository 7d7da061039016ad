/**
 * A place on the way to a server that hears both sides. It stands at the server's own address and
 * connects from the address of whoever came, so that what either side announces stays right.
 */
import { type Server, type Socket, connect, createServer } from 'node:net'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { toPort } from '../../../src/net/port.ts'

/** What was said on one control connection; a character is a byte. */
export interface Heard {
  readonly commands: () => string
  readonly replies: () => string
}

export interface Tap {
  readonly endpoint: Endpoint
  /** Of each connection, in the order in which they came. */
  readonly heard: readonly Heard[]
  readonly close: () => void
}

export async function startTap(server: Endpoint): Promise<Tap> {
  const heard: Heard[] = []
  const sockets = new Set<Socket>()
  const listener: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({
      host: server.address,
      port: server.port,
      localAddress: near.remoteAddress,
      allowHalfOpen: true,
    })
    heard.push({ commands: carry(near, far), replies: carry(far, near) })
    for (const socket of [near, far]) sockets.add(socket)
  })
  await new Promise<void>((resolve) => listener.listen(0, server.address, resolve))
  const address = listener.address()
  const at = typeof address === 'object' && address !== null ? toPort(address.port) : undefined
  if (at === undefined) throw new Error('the tap does not listen')
  return {
    endpoint: endpoint(server.address, at),
    heard,
    close: () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Answers what went over so far. */
function carry(from: Socket, to: Socket): () => string {
  let text = ''
  from.setNoDelay(true)
  from.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    to.write(chunk)
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.end())
  return () => text
}
