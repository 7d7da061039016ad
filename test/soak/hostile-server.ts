/**
 * A hostile FTP server in this process. The user name says what it does; what it wants is that
 * somebody connects to the canary, an endpoint that no firewall may let a server send anybody to.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { type Endpoint, endpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'

export interface HostileServer {
  readonly endpoint: Endpoint
  /** Nobody has any business there. */
  readonly canary: Endpoint
  /** How often somebody was there all the same. */
  readonly canaryVisits: () => number
  readonly stop: () => Promise<void>
}

/** What it does after the login, or to each command. */
export const TRICKS = [
  'foreign-227',
  'privileged-227',
  'malformed-227',
  'two-addresses-227',
  'foreign-229',
  'unsolicited',
  'garbage',
  'endless-line',
  'endless-reply',
  'bare-lf',
  'nul',
  'tls-hello',
  'reset',
  'half-close',
  'mute',
  'drip',
  'early-226',
  'wrong-code',
] as const
export type Trick = (typeof TRICKS)[number]

const ENDLESS_BYTES = 1 << 20
const DRIP_MS = 100

export async function startHostileServer(address: Ip): Promise<HostileServer> {
  const open = new Set<Socket>()
  let visits = 0
  const canary = createServer((socket) => {
    visits += 1
    socket.on('error', () => undefined).destroy()
  })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, () => canaryAt)
  })
  const at = await listening(server, address)
  // An address of its own: the server's own would be what PASV may name.
  const canaryAt = await listening(canary, ip('127.33.0.1'))
  return {
    endpoint: at,
    canary: canaryAt,
    canaryVisits: () => visits,
    stop: async () => {
      for (const socket of open) socket.destroy()
      await Promise.all([closing(server), closing(canary)])
    },
  }
}

async function listening(server: Server, address: Ip): Promise<Endpoint> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  return endpoint(address, port((server.address() as AddressInfo).port))
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

function serve(socket: Socket, canary: () => Endpoint): void {
  let trick: string = ''
  let buffered = ''
  const say = (text: string): void => {
    if (socket.writable) socket.write(Buffer.from(text, 'latin1'))
  }
  socket.on('end', () => socket.end())
  socket.on('data', (chunk: Buffer) => {
    const lines = (buffered + chunk.toString('latin1')).split('\r\n')
    buffered = lines.pop() ?? ''
    for (const line of lines) {
      const [verb = '', argument = ''] = line.split(' ')
      if (verb.toUpperCase() === 'USER') trick = argument
      answer({ socket, say, canary: canary() }, trick, verb.toUpperCase())
    }
  })
  say('220 come in\r\n')
}

interface Stage {
  readonly socket: Socket
  readonly say: (text: string) => void
  readonly canary: Endpoint
}

function answer(stage: Stage, trick: string, verb: string): void {
  const { say, socket } = stage
  if (verb === 'USER') say('331 and the password?\r\n')
  else if (verb === 'PASS') say('230 you are in\r\n')
  else if (verb === 'QUIT') socket.end('221 bye\r\n')
  else play(stage, trick, verb)
}

function play({ socket, say, canary }: Stage, trick: string, verb: string): void {
  const numbers = canary.address.replaceAll('.', ',')
  const target = `${numbers},${canary.port >> 8},${canary.port & 0xff}`
  switch (trick) {
    case 'foreign-227':
      say(`227 Entering Passive Mode (${target})\r\n`)
      return
    case 'privileged-227':
      say(`227 Entering Passive Mode (${numbers},0,22)\r\n`)
      return
    case 'malformed-227':
      say(`227 Entering Passive Mode (${numbers},999,1)\r\n`)
      return
    case 'two-addresses-227':
      say(`227 Entering Passive Mode (127,0,0,1,200,1) (${target})\r\n`)
      return
    case 'foreign-229':
      say(`229 Entering Extended Passive Mode (|1|${canary.address}|${canary.port}|)\r\n`)
      return
    case 'unsolicited':
      say(`200 fine\r\n227 Entering Passive Mode (${target})\r\n230 again\r\n`)
      return
    case 'garbage':
      socket.write(Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 151) & 0xff)))
      return
    case 'endless-line':
      say('2'.repeat(ENDLESS_BYTES))
      return
    case 'endless-reply':
      say(`200-begin\r\n${'200-and on\r\n'.repeat(50_000)}`)
      return
    case 'bare-lf':
      say(`200 one\n227 Entering Passive Mode (${target})\n`)
      return
    case 'nul':
      say(`200 one\0two\r\n`)
      return
    case 'tls-hello':
      say('\x16\x03\x01\x00\x05hello')
      return
    case 'reset':
      socket.resetAndDestroy()
      return
    case 'half-close':
      socket.end('200 and no more\r\n')
      return
    case 'mute':
      return
    case 'drip':
      drip(socket, '200-slow\r\n200 slow\r\n')
      return
    case 'early-226':
      say('226 done before it began\r\n150 now it begins\r\n')
      return
    default:
      say(verb === 'NOOP' ? '354 go ahead\r\n' : '500 what?\r\n')
  }
}

function drip(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => {
    const letter = text[at]
    at += 1
    if (letter === undefined || !socket.writable) clearInterval(timer)
    else socket.write(letter)
  }, DRIP_MS)
}
