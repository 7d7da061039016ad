import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Endpoint, endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { type Origin, startConnecting } from '../../src/shell/connect-server.ts'
import { peerEnd } from '../../src/shell/socket-end.ts'

const isRoot = process.getuid?.() === 0
const CLIENT = endpoint(ip('127.0.0.9'), port(40_000))

/** What the server sees of a leg, and what comes through it. */
async function connected(origin: Origin): Promise<Endpoint | undefined> {
  const server = createServer((socket) => socket.end('220 hello\r\n'))
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const accepting = once(server, 'connection') as Promise<[Socket]>
  const leg = startConnecting(endpoint(ip('127.0.0.1'), port(address.port)), origin)
  onTestFinished(() => void leg.destroy())
  const [accepted] = await accepting
  const seen = peerEnd(accepted)
  const [greeting] = (await once(leg, 'data')) as [Buffer]
  expect(greeting.toString()).toBe('220 hello\r\n')
  leg.end()
  return seen
}

test.each([true, false])('as the operating system chooses; bound: %s', async (isBound) => {
  expect((await connected({ type: 'any', isBound }))?.address).toBe('127.0.0.1')
})

test('from an address of this host', async () => {
  const own = { type: 'own', address: ip('127.0.0.5') } as const
  expect((await connected(own))?.address).toBe('127.0.0.5')
})

test('from the client’s address, and another port', async () => {
  if (!isRoot) {
    const connecting = connected({ type: 'client', client: CLIENT })
    await expect(connecting).rejects.toThrow('setsockopt(IP_TRANSPARENT): EPERM')
    return
  }
  const seen = await connected({ type: 'client', client: CLIENT })
  expect(seen?.address).toBe(CLIENT.address)
  expect(seen?.port).not.toBe(CLIENT.port)
})
