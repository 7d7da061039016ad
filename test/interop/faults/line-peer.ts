/** A peer that a test plays by hand: lines, bytes, silence and resets, on one socket. */
import { connect, createServer, type Socket } from 'node:net'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'

/** A busy machine takes its time; a reply that is not there by now will not come. */
const WAIT_MS = 20_000

export class LinePeer {
  readonly socket: Socket
  readonly #lines: string[] = []
  #text = ''
  #hasEnded = false
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text
      const lines = this.#text.split('\r\n')
      this.#text = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#wake()
    })
    for (const end of ['end', 'close'])
      socket.on(end, () => {
        this.#hasEnded = true
        this.#wake()
      })
  }

  /** Connects from an address of loopback. */
  static async connect(to: Endpoint, from: string = '127.0.0.1'): Promise<LinePeer> {
    const socket = connect({ host: to.address, port: to.port, localAddress: from, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new LinePeer(socket)
  }

  say(text: string): void {
    this.socket.write(`${text}\r\n`)
  }

  /** The next line; `undefined` when the connection ends instead. */
  async line(): Promise<string | undefined> {
    if (this.#lines.length === 0 && !this.#hasEnded)
      await within(
        new Promise<void>((resolve) => {
          this.#wake = resolve
        }),
        'a line',
      )
    return this.#lines.shift()
  }

  /** Says `text`, and insists on a line that begins with `code`. */
  async ask(text: string, code: number): Promise<string> {
    this.say(text)
    return this.expect(code)
  }

  async expect(code: number): Promise<string> {
    const line = await this.line()
    if (line?.startsWith(`${code} `) !== true) throw new Error(`expected ${code}, got ${line}`)
    return line
  }

  /** Resolves when the other side has closed. */
  async ended(): Promise<void> {
    while (!this.#hasEnded) {
      this.#lines.length = 0
      await this.line()
    }
  }

  /** Greeting and login. */
  async login(): Promise<void> {
    await this.expect(220)
    await this.ask('USER me', 331)
    await this.ask('PASS me', 230)
  }

  /** Announces a data connection and makes it. */
  async dataConnection(): Promise<Socket> {
    const announced = /\|\|\|(\d+)\|/.exec(await this.ask('EPSV', 229))
    const { remoteAddress: host = '', localAddress = '' } = this.socket
    const data = connect({ host, port: Number(announced?.[1]), localAddress })
    data.on('error', () => undefined)
    return data
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  close(): void {
    this.socket.destroy()
  }
}

export interface ScriptedServer {
  readonly endpoint: Endpoint
  /** Of the sessions that are there, oldest first. */
  readonly peers: ReadonlySet<LinePeer>
  close(): Promise<void>
}

/** A server that does with each client what `serve` says; its failures are those of its client. */
export async function startScriptedServer(
  serve: (peer: LinePeer) => Promise<void>,
): Promise<ScriptedServer> {
  const peers = new Set<LinePeer>()
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = new LinePeer(socket)
    peers.add(peer)
    socket.once('close', () => peers.delete(peer))
    serve(peer).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return {
    endpoint: endpoint(ip('127.0.0.1'), port(address.port)),
    peers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const peer of peers) peer.close()
      }),
  }
}

/** A server's part of a login, and then `rest` for each line. */
export async function serveLines(
  peer: LinePeer,
  rest: (line: string) => void | Promise<void>,
): Promise<void> {
  peer.say('220 ready')
  for (let line = await peer.line(); line !== undefined; line = await peer.line())
    if (line.startsWith('USER')) peer.say('331 password')
    else if (line.startsWith('PASS')) peer.say('230 in')
    else if (line === 'QUIT') peer.say('221 bye')
    else await rest(line)
}

export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), WAIT_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
