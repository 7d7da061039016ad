/** One control connection of this process: lines out, replies in, every wait with an end. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import type { Announcement } from '../support/peers/client.ts'

export const PATIENCE_MS = 60_000
const REPLY_LINES_MAX = 500

export interface Reply {
  readonly code: number
  readonly text: string
}

export class Control {
  readonly socket: Socket
  readonly #lines: string[] = []
  #buffered = ''
  #ended: Error | undefined
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('the control connection was closed')))
  }

  static async connect(at: Endpoint, source: Ip): Promise<Control> {
    return new Control(await dial(at, source))
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** One reply with all its lines. */
  async reply(patienceMs: number = PATIENCE_MS): Promise<Reply> {
    const first = await this.#line(patienceMs)
    let text = first
    let line = first
    for (let lines = 1; first[3] === '-' && !isLast(line, first); lines++) {
      if (lines > REPLY_LINES_MAX) throw new Error('a reply without end')
      line = await this.#line(patienceMs)
      text += `\n${line}`
    }
    return { code: Number(first.slice(0, 3)), text }
  }

  ask(line: string): Promise<Reply> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  /** @throws Error when the reply begins with none of `digits`. */
  async want(
    line: string | undefined,
    digits: string,
    patienceMs: number = PATIENCE_MS,
  ): Promise<Reply> {
    if (line !== undefined) this.send(`${line}\r\n`)
    const reply = await this.reply(patienceMs)
    if (!digits.includes(reply.text[0] ?? '-'))
      throw new Error(`${line ?? 'the next reply'}: ${reply.text}`)
    return reply
  }

  async login(user: string, password: string): Promise<void> {
    await this.want(undefined, '2')
    const { code } = await this.want(`USER ${user}`, '23')
    if (code < 300) return
    await this.want(`PASS ${password}`, '2')
  }

  close(): void {
    this.socket.destroy()
  }

  #take(chunk: Buffer): void {
    const lines = (this.#buffered + chunk.toString('latin1')).split('\n')
    this.#buffered = lines.pop() ?? ''
    for (const line of lines) this.#lines.push(line.replace(/\r$/, ''))
    this.#wake?.()
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#wake?.()
  }

  async #line(patienceMs: number): Promise<string> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return line
      if (this.#ended !== undefined) throw this.#ended
      await waitFor((wake) => (this.#wake = wake), deadline - Date.now(), 'no reply')
    }
  }
}

function isLast(line: string, first: string): boolean {
  return line.startsWith(`${first.slice(0, 3)} `)
}

/** Where a transfer's bytes go or come from. */
export interface DataPort {
  readonly connection: Promise<Socket>
  /** Ends whatever of it is open. */
  readonly close: () => void
}

/** Announces a data connection, and makes or awaits it. */
export async function announce(
  control: Control,
  announcement: Announcement,
  source: Ip,
): Promise<DataPort> {
  if (announcement === 'PASV' || announcement === 'EPSV') {
    const { text } = await control.want(announcement, '2')
    const at = passiveEndpoint(text, control.socket.remoteAddress ?? '')
    const socket = await dial(at, source)
    return { connection: Promise.resolve(socket), close: () => socket.destroy() }
  }
  const server = createServer({ pauseOnConnect: true })
  const connection = accepted(server)
  // Whoever waits for it learns of it; if nobody does, nobody is to.
  connection.catch(() => undefined)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, source, resolve)
  })
  const address = server.address()
  const local = typeof address === 'object' && address !== null ? address.port : 0
  const close = (): void => {
    server.close()
    void connection.then((socket) => socket.destroy()).catch(() => undefined)
  }
  try {
    await control.want(announcementLine(announcement, source, local), '2')
  } catch (error) {
    close()
    throw error
  }
  return { connection, close }
}

export function announcementLine(kind: 'PORT' | 'EPRT', address: string, local: number): string {
  return kind === 'EPRT'
    ? `EPRT |1|${address}|${local}|`
    : `PORT ${[...address.split('.'), local >> 8, local & 0xff].join(',')}`
}

/** The address of a 227 is believed: what a firewall lets through must be right. */
export function passiveEndpoint(text: string, host: string): { address: string; port: number } {
  const extended = /\|\|\|(\d+)\|/.exec(text)
  if (extended !== null) return { address: host, port: Number(extended[1]) }
  const numbers = /(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/.exec(text)?.slice(1).map(Number)
  if (numbers === undefined) throw new Error(`no address: ${text}`)
  const [high = 0, low = 0] = numbers.slice(4)
  return { address: numbers.slice(0, 4).join('.'), port: high * 256 + low }
}

export async function dial(
  at: { readonly address: string; readonly port: number },
  source: Ip,
): Promise<Socket> {
  const socket = connect({ host: at.address, port: at.port, localAddress: source })
  await waitFor(
    (resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    },
    PATIENCE_MS,
    `no connection to ${at.address}:${at.port}`,
  ).catch((error: unknown) => {
    socket.destroy()
    throw error
  })
  // A reset shows in what was or was not read.
  socket.on('error', () => undefined)
  return socket
}

function accepted(server: Server): Promise<Socket> {
  let found: Socket | undefined
  server.once('connection', (socket: Socket) => {
    found = socket.on('error', () => undefined)
    server.close()
  })
  return waitFor(
    (resolve) => server.once('connection', resolve),
    PATIENCE_MS,
    'no data connection',
  ).then(() => {
    if (found === undefined) throw new Error('no data connection')
    return found
  })
}

/** Settles when `start` says so, and with an error when `ms` have passed. */
export async function waitFor(
  start: (resolve: () => void, reject: (error: Error) => void) => unknown,
  ms: number,
  complaint: string,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(complaint)), Math.max(ms, 0))
      start(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
  }
}
