import { connect } from 'node:net'
import type { Endpoint } from '../../../src/net/endpoint.ts'

/** Sends `sent` in one piece and answers with everything received until the server hangs up. */
export function converse(server: Endpoint, sent: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect({ host: server.address, port: server.port }, () => socket.write(sent))
    socket.setTimeout(10_000, () => socket.destroy(new Error('the server fell silent')))
    socket.on('data', (bytes) => received.push(bytes))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(received).toString('utf8')))
  })
}

/** Logged in, `lines` sent at once, then QUIT: the replies to `lines` alone. */
export async function repliesTo(
  server: Endpoint,
  ...lines: readonly string[]
): Promise<readonly string[]> {
  const sent = ['USER anonymous', 'PASS x', ...lines, 'QUIT']
  const received = await converse(server, sent.map((line) => `${line}\r\n`).join(''))
  return received.split('\r\n').slice(3, -2)
}
