/**
 * An FTP server inside this process whose sockets are in the server's namespace, or on this host:
 * light enough for hundreds of sessions at once, and it can be told to answer in ways that no real
 * server does.
 */
import { type Server, type Socket, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { type Port, port, toPort } from '../../../src/net/port.ts'
import { Lines } from './lines.ts'
import { portOf } from './namespace.ts'
import { plain } from './scripted-client.ts'
import type { SocketPlace } from './socket-place.ts'

/** What RETR sends unless it is told otherwise. */
export const PAYLOAD: Buffer = Buffer.from('the payload of a transfer\r\n')
/** Between pieces of an answer: they arrive as segments of their own. */
const PAUSE_MS = 30

/** An answer in one piece, or in several that go out one after the other. */
export type Answer = string | readonly string[]

export interface PacedAnswer {
  readonly pieces: readonly string[]
  /** Before each piece but the first. */
  readonly pauseMs: number
  /** Before the first. */
  readonly delayMs?: number
  /** The control connection ends with it. */
  readonly hangsUp?: boolean
}

/** `undefined`: the server answers as servers do. */
export type Script = (line: string, session: ScriptedSession) => Answer | PacedAnswer | undefined

export interface ScriptedServerOptions {
  /** 0: one that is free. */
  readonly port?: Port | 0
  readonly greeting?: Answer | PacedAnswer
  /** The script of each session that has none by the name of its user. */
  readonly script?: () => Script
  /** What RETR sends, by the name of the file. */
  readonly contents?: (name: string) => Iterable<Buffer>
  /** Which port it connects from; RFC 959 says the one below its own. 0: any. */
  readonly dataPort?: Port | 0
}

export class ScriptedServer {
  readonly #place: SocketPlace
  readonly #options: ScriptedServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #scripts = new Map<string, Script>()
  readonly sessions: ScriptedSession[] = []

  constructor(place: SocketPlace, options: ScriptedServerOptions = {}) {
    this.#place = place
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.keep(socket)
      const session = new ScriptedSession(this, socket)
      this.sessions.push(session)
      void session.serve()
    })
    place.listen(this.#server, { port: options.port ?? port(21) })
  }

  get port(): Port {
    return portOf(this.#server)
  }

  get greeting(): Answer | PacedAnswer {
    return this.#options.greeting ?? '220 scripted\r\n'
  }

  /** For the session that logs in by the name `user`. */
  script(user: string, script: Script): void {
    this.#scripts.set(user, script)
  }

  scriptOf(user: string): Script | undefined {
    return this.#scripts.get(user)
  }

  newScript(): Script | undefined {
    return this.#options.script?.()
  }

  contents(name: string): Iterable<Buffer> {
    return this.#options.contents?.(name) ?? [PAYLOAD]
  }

  sessionOf(user: string): ScriptedSession | undefined {
    return this.sessions.find((session) => session.user === user)
  }

  listen(): Server {
    const server = createServer({ allowHalfOpen: true })
    this.#place.listen(server, { port: 0 })
    return server
  }

  connect(address: Ip, to: Port, from: Ip): Socket {
    const socket = this.#place.connect({
      host: address,
      port: to,
      localAddress: from,
      localPort: this.#options.dataPort ?? 20,
      allowHalfOpen: true,
    })
    this.keep(socket)
    return socket
  }

  keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

export class ScriptedSession {
  readonly #server: ScriptedServer
  readonly #lines: Lines
  readonly #script: Script | undefined
  readonly peer: { readonly address: Ip; readonly port: Port }
  /** Where the client connected to, as this server sees it. */
  readonly local: Ip
  /** Every line that came, CR and all. */
  readonly received: string[] = []
  /** Who was at the other end of each data connection. */
  readonly dataPeers: { readonly address: Ip; readonly port: Port }[] = []
  user = ''
  #data: Promise<Socket> | undefined
  #listener: Server | undefined

  constructor(server: ScriptedServer, socket: Socket) {
    this.#server = server
    this.#lines = new Lines(socket)
    this.#script = server.newScript()
    this.peer = { address: plain(socket.remoteAddress), port: port(socket.remotePort ?? 0) }
    this.local = plain(socket.localAddress)
  }

  async serve(): Promise<void> {
    await this.#answer(this.#server.greeting)
    for (;;) {
      const next = await this.#lines.next(600_000)
      if (typeof next === 'string') break
      this.received.push(next.line)
      const line = next.line.trim()
      if (/^USER /i.test(line)) this.user = line.slice(5)
      const script = this.#server.scriptOf(this.user) ?? this.#script
      const scripted = script?.(next.line, this)
      await this.#answer(scripted ?? this.#usual(line))
      if (/^QUIT/i.test(line)) break
    }
    this.#listener?.close()
    this.#lines.socket.end()
  }

  /** A listener for one data connection; answers its port. */
  listen(): Port {
    this.#listener?.close()
    const listener = this.#server.listen()
    this.#listener = listener
    this.#data = new Promise((resolve) => {
      listener.once('connection', (socket: Socket) => {
        listener.close()
        this.#server.keep(socket)
        resolve(socket)
      })
    })
    return portOf(listener)
  }

  /** Nobody is listened to any more at the port that was announced. */
  stopListening(): void {
    this.#listener?.close()
    this.#listener = undefined
  }

  /** The six numbers of a 227. */
  numbers(at: Port = this.listen(), address: Ip = this.local): string {
    return [...address.split('.'), at >> 8, at & 255].join(',')
  }

  async #answer(answer: Answer | PacedAnswer): Promise<void> {
    const { pieces, pauseMs, delayMs, hangsUp } = paced(answer)
    if (delayMs !== undefined) await sleep(delayMs)
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await sleep(pauseMs)
      if (piece !== '') this.#lines.send(piece)
    }
    if (hangsUp === true) this.#lines.socket.end()
  }

  #usual(line: string): Answer {
    const [verb = '', ...words] = line.split(' ')
    const argument = words.join(' ')
    switch (verb.toUpperCase()) {
      case 'USER':
        return '331 password\r\n'
      case 'PASS':
        return '230 in\r\n'
      case 'TYPE':
      case 'NOOP':
        return '200 ok\r\n'
      case 'PASV':
        return `227 Entering Passive Mode (${this.numbers()}).\r\n`
      case 'EPSV':
        return `229 Entering Extended Passive Mode (|||${this.listen()}|)\r\n`
      case 'PORT':
        return this.#announced(
          argument.split(',').slice(0, 4).map(Number).join('.'),
          portOfSix(argument),
        )
      case 'EPRT': {
        const [, , address = '', number = ''] = argument.split(argument[0] ?? '|')
        return this.#announced(address, toPort(Number(number)))
      }
      case 'RETR':
        void this.transfer(this.#server.contents(argument))
        return '150 here it comes\r\n'
      case 'STOR':
        void this.receive()
        return '150 send\r\n'
      case 'QUIT':
        return '221 bye\r\n'
      default:
        return '502 the server does not know it\r\n'
    }
  }

  #announced(address: string, at: Port | undefined): Answer {
    if (at === undefined) return '501 what port\r\n'
    const dial = (): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = this.#server.connect(ip(address), at, this.local)
        socket.once('connect', () => resolve(socket))
        socket.once('error', reject)
      })
    // Connected when the transfer begins, as servers do.
    this.#dial = dial
    this.#data = undefined
    return '200 will connect\r\n'
  }

  #dial: (() => Promise<Socket>) | undefined

  async #open(): Promise<Socket | undefined> {
    const opening = this.#data ?? this.#dial?.()
    this.#data = undefined
    this.#dial = undefined
    const patience = sleep(3_000, undefined, { ref: false })
    const socket = await Promise.race([opening?.catch(() => undefined), patience])
    if (socket !== undefined)
      this.dataPeers.push({
        address: plain(socket.remoteAddress),
        port: port(socket.remotePort ?? 0),
      })
    return socket
  }

  /** Sends `contents` on the data connection, then `last` on the control connection. */
  async transfer(contents: Iterable<Buffer>, last = '226 done\r\n', pauseMs = 0): Promise<void> {
    const socket = await this.#open()
    if (socket === undefined) return this.#lines.send('425 no data connection\r\n')
    socket.resume()
    for (const chunk of contents) {
      if (pauseMs > 0) await sleep(pauseMs)
      if (socket.destroyed) return this.#lines.send('426 broken off\r\n')
      if (!socket.write(chunk)) await drained(socket)
    }
    await new Promise<void>((resolve) => {
      socket.end(resolve)
      socket.once('close', () => resolve())
    })
    this.#lines.send(last)
  }

  /** Takes what comes on the data connection. */
  async receive(): Promise<void> {
    const socket = await this.#open()
    if (socket === undefined) return this.#lines.send('425 no data connection\r\n')
    let bytes = 0
    for await (const chunk of socket) bytes += (chunk as Buffer).length
    socket.end()
    this.#lines.send(`226 ${bytes} bytes\r\n`)
  }
}

function paced(answer: Answer | PacedAnswer): PacedAnswer {
  if (typeof answer === 'string') return { pieces: [answer], pauseMs: 0 }
  return 'pieces' in answer ? answer : { pieces: answer, pauseMs: PAUSE_MS }
}

/** Also done when nobody will ever read again. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go)
      socket.off('close', go)
      resolve()
    }
    socket.on('drain', go)
    socket.on('close', go)
  })
}

function portOfSix(argument: string): Port | undefined {
  const [high = 0, low = 0] = argument.split(',').slice(4).map(Number)
  return toPort(high * 256 + low)
}
