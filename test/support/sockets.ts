/** Two ends of one TCP connection on loopback, and bounded waits for what happens on them. */
import { connect, createServer, type Socket } from 'node:net'

export interface SocketPair {
  /** The end that accepted. */
  readonly accepted: Socket
  /** The end that connected. */
  readonly dialed: Socket
}

export async function socketPair(): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const accepting = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const dialed = connect({ host: '127.0.0.1', port: address.port, allowHalfOpen: true })
  await new Promise((resolve) => dialed.once('connect', resolve))
  const accepted = await accepting
  server.close()
  return { accepted, dialed }
}

/** Everything `socket` receives until its end, as latin1. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}
