/** R24: a RST at every point of a session, from either side, on each of its connections. */
import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../../support/proxy-in-process.ts'
import { useLaboratory } from './laboratory.ts'
import { LinePeer, type ScriptedServer, serveLines, startScriptedServer } from './line-peer.ts'

const FILE = Buffer.alloc(300_000, 'x')

/** The server's ends of data connections. */
const serverData = new Set<Socket>()
let server: ScriptedServer

const laboratory = useLaboratory({
  // A session whose client is gone waits for the end of its transfer, as long as it may be idle.
  rules: 'timeouts: { pinhole: 1s, data-connect: 1s, control-idle: 2s }',
  server: async () => {
    server = await startScriptedServer((peer) => {
      let data: Promise<Socket> | undefined
      return serveLines(peer, async (line) => {
        if (line === 'EPSV') {
          const announced = await announce()
          data = announced.connected
          peer.say(`229 Entering (|||${announced.port}|)`)
        } else if (line.startsWith('RETR')) {
          peer.say('150 here it comes')
          const socket = await data
          socket?.once('finish', () => peer.say('226 done')).end(FILE)
        } else {
          peer.say('200 fine')
        }
      })
    })
    return server
  },
})

interface Announced {
  readonly port: number
  readonly connected: Promise<Socket>
}

async function announce(): Promise<Announced> {
  const listener = createServer()
  const connected = new Promise<Socket>((resolve) => {
    listener.once('connection', (socket) => {
      listener.close()
      serverData.add(socket.on('error', () => undefined))
      socket.once('close', () => serverData.delete(socket))
      resolve(socket)
    })
  })
  await new Promise<void>((resolve) => listener.listen({ host: '127.0.0.1', port: 0 }, resolve))
  listener.unref()
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return { port: address.port, connected }
}

/** What the client says, and the code of the reply. */
const DIALOGUE = [
  ['USER me', 331],
  ['PASS me', 230],
  ['TYPE I', 200],
  ['EPSV', 229],
  ['RETR file', 150],
  ['', 226],
  ['NOOP', 200],
  ['QUIT', 221],
] as const

interface Played {
  readonly client: LinePeer
  readonly data: Socket | undefined
}

/** The first `steps` of the dialogue; the last one's reply is not awaited when `isHasty`. */
async function play(steps: number, isHasty: boolean): Promise<Played> {
  const client = await LinePeer.connect(laboratory().listen)
  await client.expect(220)
  let data: Socket | undefined
  for (const [index, [command, code]] of DIALOGUE.slice(0, steps).entries()) {
    if (command === 'EPSV') data = (await client.dataConnection()).resume()
    else if (command !== '') client.say(command)
    if (isHasty && index === steps - 1) return { client, data }
    if (command !== 'EPSV') await client.expect(code)
  }
  return { client, data }
}

const ENDS: Readonly<Record<string, (played: Played) => void>> = {
  client: ({ client }) => client.reset(),
  server: () => {
    for (const peer of server.peers) peer.reset()
  },
  'data connection of the client': ({ data }) => data?.resetAndDestroy(),
  'data connection of the server': () => {
    for (const socket of serverData) socket.resetAndDestroy()
  },
}

test.each(Object.keys(ENDS))(
  'R24 from the %s, after each line and in the middle of it',
  async (end) => {
    for (let steps = 0; steps <= DIALOGUE.length; steps++)
      for (const isHasty of [false, true]) {
        const played = await play(steps, isHasty)
        ENDS[end]?.(played)
        played.client.close()
        played.data?.destroy()
      }
    await eventually(() => server.peers.size === 0, 'every session is over')
    const { client } = await play(DIALOGUE.length, false)
    client.close()
    expect(laboratory().reasons()).not.toContain('internal')
  },
)
