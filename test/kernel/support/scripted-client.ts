/** An FTP client inside this process whose sockets are in the client's namespace, or on this host. */
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { type Ip, ip, ipFamily } from '../../../src/net/ip.ts'
import { type Port, port } from '../../../src/net/port.ts'
import { Lines } from './lines.ts'
import { portOf } from './namespace.ts'
import type { SocketPlace } from './socket-place.ts'

const PATIENCE_MS = 3_000

export class ScriptedClient {
  readonly #place: SocketPlace
  readonly #lines: Lines
  readonly #peer: Endpoint
  readonly #sockets: Socket[] = []
  readonly #servers: Server[] = []
  /** Every line that came. */
  readonly received: string[] = []

  constructor(place: SocketPlace, peer: Endpoint, source?: Ip) {
    this.#place = place
    this.#peer = peer
    this.#lines = new Lines(this.#connect(peer, source))
  }

  get source(): Ip {
    return ip(this.#lines.socket.localAddress ?? '::')
  }

  /** Where the control connection comes from. */
  get local(): Endpoint {
    return endpoint(this.source, port(this.#lines.socket.localPort ?? 0))
  }

  send(text: string): void {
    this.#lines.send(text)
  }

  /** One reply with all its lines, or `hang` or `closed` when there is none. */
  async reply(patienceMs: number = PATIENCE_MS): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const next = await this.#lines.next(patienceMs)
      if (typeof next === 'string') return next
      const line = next.line.replace(/\r$/, '')
      this.received.push(line)
      lines.push(line)
      const code = (lines[0] ?? '').slice(0, 3)
      const isLast = lines.length === 1 ? line[3] !== '-' : line.startsWith(`${code} `)
      if (isLast) return lines.join('\n')
    }
  }

  ask(line: string): Promise<string> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  async login(user = 'anonymous', password = 'x'): Promise<void> {
    const greeting = await this.reply()
    const replies = [greeting, await this.ask(`USER ${user}`), await this.ask(`PASS ${password}`)]
    if (!replies.at(-1)?.startsWith('230')) throw new Error(`no login: ${replies.join(' | ')}`)
  }

  /** Connects for data and begins to read. Rejects when nobody accepts. */
  async open(at: Endpoint, source?: Ip, patienceMs: number = PATIENCE_MS): Promise<Incoming> {
    const socket = this.#connect(at, source)
    const timer = setTimeout(() => socket.destroy(new Error('nobody answers')), patienceMs)
    try {
      await new Promise((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
    } finally {
      clearTimeout(timer)
    }
    return new Incoming(socket)
  }

  /** A port on which a data connection is awaited. */
  listen(): { readonly port: Port; readonly accepted: Promise<Incoming> } {
    const server = createServer({ allowHalfOpen: true })
    this.#servers.push(server)
    this.#place.listen(server, { port: 0 })
    const accepted = new Promise<Incoming>((resolve) => {
      server.once('connection', (socket: Socket) => {
        this.#sockets.push(socket)
        server.close()
        resolve(new Incoming(socket))
      })
    })
    return { port: portOf(server), accepted }
  }

  /** The argument of PORT for a port of this client. */
  numbers(at: Port, address: Ip = this.source): string {
    return [...address.split('.'), at >> 8, at & 255].join(',')
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) server.close()
  }

  /** Everything a RETR brings, announced by EPSV or, with IPv4 and `active`, by EPRT. */
  async retrieve(name: string, mode: 'EPSV' | 'PASV' | 'PORT' | 'EPRT'): Promise<Buffer> {
    const incoming = await this.begin(name, mode)
    const bytes = await incoming.all()
    const last = await this.reply()
    if (!last.startsWith('226')) throw new Error(`RETR ended with ${last}`)
    return bytes
  }

  /** Begins a RETR, up to its data connection and the 150. */
  async begin(name: string, mode: 'EPSV' | 'PASV' | 'PORT' | 'EPRT'): Promise<Incoming> {
    if (mode === 'EPSV' || mode === 'PASV') {
      return this.beginAt(await this.ask(mode), name)
    }
    const listening = this.listen()
    const family = ipFamily(this.source) === 4 ? 1 : 2
    const argument =
      mode === 'PORT'
        ? this.numbers(listening.port)
        : `|${family}|${this.source}|${listening.port}|`
    await this.#expect(`${mode} ${argument}`, '200')
    await this.#expect(`RETR ${name}`, '150')
    const late = sleep(PATIENCE_MS, undefined, { ref: false })
    const incoming = await Promise.race([listening.accepted, late])
    if (incoming === undefined) throw new Error('no data connection came')
    return incoming
  }

  /** Begins a RETR where a 227 or a 229 says. */
  async beginAt(told: string, name: string): Promise<Incoming> {
    const at = announced(told, this.#peer.address)
    if (at === undefined) throw new Error(`nothing is announced: ${told}`)
    const incoming = await this.open(at)
    await this.#expect(`RETR ${name}`, '150')
    return incoming
  }

  async #expect(line: string, code: string): Promise<void> {
    const reply = await this.ask(line)
    if (!reply.startsWith(code)) throw new Error(`${line}: ${reply}`)
  }

  #connect(at: Endpoint, source: Ip | undefined): Socket {
    const socket = this.#place.connect({
      host: at.address,
      port: at.port,
      allowHalfOpen: true,
      ...(source === undefined ? {} : { localAddress: source }),
    })
    this.#sockets.push(socket)
    socket.on('error', () => socket.destroy())
    return socket
  }
}

/** A data connection, read from its beginning. */
export class Incoming {
  readonly socket: Socket
  /** Who is at the other end. */
  readonly peer: Endpoint
  readonly #chunks: Buffer[] = []
  readonly #end: Promise<void>

  constructor(socket: Socket) {
    this.socket = socket
    this.peer = endpoint(plain(socket.remoteAddress), port(socket.remotePort ?? 0))
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    this.#end = new Promise((resolve) => {
      socket.once('end', () => {
        socket.end()
        resolve()
      })
      socket.once('close', () => resolve())
    })
  }

  get received(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** What came until the end, or until patience ended. */
  async all(patienceMs = 60_000): Promise<Buffer> {
    await Promise.race([this.#end, sleep(patienceMs, undefined, { ref: false })])
    return Buffer.concat(this.#chunks)
  }
}

/** Sockets that listen on every address see IPv4 as a part of IPv6. */
export function plain(address: string | undefined): Ip {
  return ip((address ?? '::').replace(/^::ffff:/, ''))
}

/** Where a 227 or a 229 says that data is to be had. The address of a 227 is believed. */
export function announced(reply: string, peer: Ip): Endpoint | undefined {
  const six = /(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/.exec(reply)
  if (reply.startsWith('227') && six !== null) {
    const [a, b, c, d, high, low] = six.slice(1).map(Number)
    return endpoint(ip(`${a}.${b}.${c}.${d}`), port((high ?? 0) * 256 + (low ?? 0)))
  }
  const extended = /\(\|\|\|(\d+)\|\)/.exec(reply)
  if (reply.startsWith('229') && extended !== null) return endpoint(peer, port(Number(extended[1])))
  return undefined
}
