import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { FtpClient } from '../../src/demo/client.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

test('takes a multi-line reply for one, however it is cut', async () => {
  const client = await connectTo(['220-a\r\n22', '0-b\r\n220 c\r\n'])
  expect(await client.nextReply()).toEqual({ code: 220, lines: ['220-a', '220-b', '220 c'] })
  client.close()
})

test('insists on a code and says what came instead', async () => {
  const client = await connectTo(['530 no\r\n'])
  await expect(client.expect('PASS secret', 230)).rejects.toThrow(
    'PASS was answered with "530 no", not 230',
  )
  client.close()
})

test('a connection that ends is an error, and so is a 227 without an address', async () => {
  const ended = await connectTo([])
  await expect(ended.nextReply()).rejects.toThrow('the control connection was closed')
  const odd = await connectTo(['227 somewhere\r\n'])
  await expect(odd.receive('LIST', 'PASV')).rejects.toThrow('no address in "227 somewhere"')
  odd.close()
})

/** A client of a server that says `pieces` and hangs up when it has nothing to say. */
async function connectTo(pieces: readonly string[]): Promise<FtpClient> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    for (const piece of pieces) socket.write(piece)
    if (pieces.length === 0) socket.end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const bound = server.address()
  const at = bound !== null && typeof bound === 'object' ? bound.port : 0
  return FtpClient.connect(endpoint(ip('127.0.0.1'), port(at)))
}
