/**
 * A minimal FTP client for the demo: enough to hold a scripted session and to notice when what
 * arrives is not what was sent. Every wait is bounded.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { formatExtendedAddress, parseExtendedPassiveReply } from '../engine/ftp/extended-address.ts'
import { formatHostPort, parsePassiveReply } from '../engine/ftp/host-port.ts'
import { LineFramer } from '../engine/ftp/line.ts'
import { ReplyAssembler } from '../engine/ftp/reply.ts'
import { type Endpoint, endpoint } from '../net/endpoint.ts'
import { type Ip, ip, parseIp } from '../net/ip.ts'
import { type Port, port } from '../net/port.ts'

/** Loopback answers at once; a proxy that has not answered by now has lost the line. */
const WAIT_MS = 10_000
const REPLY_LIMITS = { linesMax: 100, bytesMax: 16_384 }

export interface Reply {
  readonly code: number
  /** Every line without its terminator, the first with its code. */
  readonly lines: readonly string[]
}

/** How the data connection of a transfer is set up. */
export type SetUp = 'PASV' | 'EPSV' | 'PORT' | 'EPRT'

export interface Transfer {
  /** What the server (as far as the client can tell) or the client announced. */
  readonly announced: Endpoint
  readonly bytes: Uint8Array
}

/** The conversation went otherwise than the client expected. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply'
}

export class FtpClient {
  readonly #socket: Socket
  readonly #framer: LineFramer = new LineFramer(REPLY_LIMITS.bytesMax, 'strict')
  readonly #assembler: ReplyAssembler = new ReplyAssembler(REPLY_LIMITS)
  readonly #replies: Reply[] = []
  #lines: string[] = []
  #isClosed = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  /** Connects, from `from` where a host has several addresses; the greeting is the first reply. */
  static async connect(server: Endpoint, from?: Ip): Promise<FtpClient> {
    return new FtpClient(await dial(server, from))
  }

  /** Sends one command and waits for the first reply to it. */
  async command(line: string): Promise<Reply> {
    this.#socket.write(`${line}\r\n`)
    return this.nextReply()
  }

  /** The next reply. Rejects when the connection ends or stays silent instead. */
  async nextReply(): Promise<Reply> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (this.#replies.length === 0 && !this.#isClosed) await within(woken, 'a reply')
    const reply = this.#replies.shift()
    if (reply === undefined) throw new UnexpectedReply('the control connection was closed')
    return reply
  }

  /** Sends one command and insists on the code of its reply. */
  async expect(line: string, code: number): Promise<Reply> {
    return insist(await this.command(line), line, code)
  }

  /** Receives a listing or a file: set-up, command, data connection, both replies. */
  async receive(command: string, setUp: SetUp): Promise<Transfer> {
    return setUp === 'PASV' || setUp === 'EPSV'
      ? this.#receivePassive(command, setUp)
      : this.#receiveActive(command, setUp)
  }

  close(): void {
    this.#socket.destroy()
  }

  async #receivePassive(command: string, setUp: 'PASV' | 'EPSV'): Promise<Transfer> {
    const announced = this.#passiveEndpoint(await this.expect(setUp, setUp === 'PASV' ? 227 : 229))
    const data = await dial(announced, this.#local())
    return { announced, bytes: await this.#transfer(command, Promise.resolve(data)) }
  }

  async #receiveActive(command: string, setUp: 'PORT' | 'EPRT'): Promise<Transfer> {
    const local = this.#local()
    const listener = createServer({ pauseOnConnect: true })
    try {
      const announced = endpoint(local, await listen(listener, local))
      const argument =
        setUp === 'PORT'
          ? formatHostPort(announced.address, announced.port)
          : formatExtendedAddress(announced)
      const accepted = accept(listener)
      await this.expect(`${setUp} ${argument}`, 200)
      return { announced, bytes: await this.#transfer(command, accepted) }
    } finally {
      listener.close()
    }
  }

  async #transfer(command: string, connecting: Promise<Socket>): Promise<Uint8Array> {
    try {
      await this.expect(command, 150)
      const bytes = await readAll(await within(connecting, 'the data connection'))
      insist(await this.nextReply(), command, 226)
      return bytes
    } finally {
      connecting.then((socket) => socket.destroy()).catch(() => undefined)
    }
  }

  /** As RFC 2428 §3 has it, a 229 names a port of the host the control connection goes to. */
  #passiveEndpoint(reply: Reply): Endpoint {
    const text = Buffer.from(reply.lines.at(-1)?.slice(4) ?? '', 'latin1')
    const announced = reply.code === 227 ? parsePassiveReply(text) : undefined
    if (announced?.type === 'complete') return announced.value
    const announcedPort = parseExtendedPassiveReply(text)
    if (announcedPort.type === 'malformed')
      throw new UnexpectedReply(`no address in "${reply.lines.at(-1)}"`)
    return endpoint(parseIp(this.#socket.remoteAddress ?? '') ?? this.#local(), announcedPort.value)
  }

  #local(): Ip {
    return parseIp(this.#socket.localAddress ?? '') ?? ip('127.0.0.1')
  }

  #read(bytes: Uint8Array): void {
    this.#framer.push(bytes)
    for (let framed = this.#framer.next(); framed !== undefined; framed = this.#framer.next()) {
      const line = this.#assembler.take(framed.bytes)
      if (framed.type === 'malformed' || line.type !== 'line') {
        this.#socket.destroy()
        return
      }
      this.#lines.push(Buffer.from(line.bytes).toString('utf8'))
      if (line.position === 'only' || line.position === 'last') {
        this.#replies.push({ code: line.code, lines: this.#lines })
        this.#lines = []
        this.#wake()
      }
    }
  }
}

function insist(reply: Reply, command: string, code: number): Reply {
  if (reply.code === code) return reply
  const verb = command.split(' ', 1)[0] ?? ''
  throw new UnexpectedReply(`${verb} was answered with "${reply.lines.at(-1)}", not ${code}`)
}

async function dial(to: Endpoint, from: Ip | undefined): Promise<Socket> {
  const socket = connect({
    host: to.address,
    port: to.port,
    noDelay: true,
    ...(from === undefined ? {} : { localAddress: from }),
  })
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
  try {
    return await within(connected, 'the connection')
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function listen(listener: Server, address: Ip): Promise<Port> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen({ host: address, port: 0 }, () => {
      const bound = listener.address()
      if (bound !== null && typeof bound === 'object') resolve(port(bound.port))
    })
  })
}

function accept(listener: Server): Promise<Socket> {
  return new Promise((resolve) => {
    listener.once('connection', (socket) => {
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}

function readAll(socket: Socket): Promise<Uint8Array> {
  const received: Buffer[] = []
  const whole = new Promise<Uint8Array>((resolve, reject) => {
    socket.on('data', (bytes) => received.push(bytes))
    socket.once('end', () => resolve(Buffer.concat(received)))
    socket.once('error', reject)
    socket.resume()
  })
  return within(whole, 'the end of the data connection')
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnexpectedReply(`waited in vain for ${what}`)), WAIT_MS)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
