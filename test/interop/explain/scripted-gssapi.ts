/**
 * An FTP server that speaks GSSAPI as RFC 2228 frames it. No server in Debian can: the ticket is not
 * looked at here, and MIC holds lines in base64 without a checksum, which a proxy cannot tell.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket, type TcpNetConnectOpts } from 'node:net'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { parseHostPort, formatHostPort } from '../../../src/engine/ftp/host-port.ts'
import { parseExtendedAddress } from '../../../src/engine/ftp/extended-address.ts'
import { port } from '../../../src/net/port.ts'
import type { ServerSetting } from './setting.ts'

export interface ScriptedServer {
  stop(): Promise<void>
}

const DATA_PORT = 20

/** How its sockets come into the network that it is in. */
export interface Sockets {
  readonly listen: (server: Server, at: { readonly host: string; readonly port: number }) => void
  readonly connect: (to: TcpNetConnectOpts) => Socket
}

export const THIS_NETWORK: Sockets = {
  listen: (server, at) => {
    server.listen(at)
  },
  connect: (to) => connect(to),
}

export async function startScriptedGssapi(
  at: Endpoint,
  setting: ServerSetting,
  content: Uint8Array,
  network: Sockets,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    void new Conversation(socket, at, setting, content, network)
      .hold()
      .catch(() => socket.destroy())
  })
  network.listen(server, { host: at.address, port: at.port })
  await once(server, 'listening')
  return {
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Sessions at the same time have ports of their own. */
let taken = 0

class Conversation {
  readonly #socket: Socket
  readonly #at: Endpoint
  readonly #setting: ServerSetting
  readonly #content: Uint8Array
  readonly #network: Sockets
  #isProtected = false
  #listener: Server | undefined
  /** Clients connect as soon as they know where, before they say what they want. */
  #came: Promise<Socket> | undefined
  #told: Endpoint | undefined

  constructor(
    socket: Socket,
    at: Endpoint,
    setting: ServerSetting,
    content: Uint8Array,
    network: Sockets,
  ) {
    this.#socket = socket
    this.#at = at
    this.#setting = setting
    this.#content = content
    this.#network = network
  }

  async hold(): Promise<void> {
    this.#say('220 scripted')
    let buffered = ''
    for await (const chunk of this.#socket) {
      buffered += Buffer.from(chunk as Buffer).toString('latin1')
      for (let end = buffered.indexOf('\r\n'); end !== -1; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end)
        buffered = buffered.slice(end + 2)
        const opened = /^MIC (\S+)$/.exec(line)?.[1]
        await this.#answer(
          opened === undefined ? line : Buffer.from(opened, 'base64').toString('latin1').trimEnd(),
        )
      }
    }
    this.#listener?.close()
  }

  async #answer(line: string): Promise<void> {
    const [verb = '', argument = ''] = line.split(' ')
    switch (verb) {
      case 'AUTH':
        return this.#say('334 ADAT must follow')
      case 'ADAT':
        this.#say('235 ok')
        this.#isProtected = true
        return
      case 'USER':
        return this.#say('331 password')
      case 'PASS':
        return this.#say('230 in')
      case 'TYPE':
        return this.#say('200 ok')
      case 'PASV':
      case 'EPSV':
        return this.#listen(verb)
      case 'PORT':
      case 'EPRT':
        return this.#remember(verb, Buffer.from(argument, 'latin1'))
      case 'RETR':
        return this.#send()
      default:
        return this.#say('502 no')
    }
  }

  async #listen(verb: 'PASV' | 'EPSV'): Promise<void> {
    const { first, last } = this.#setting.ports
    taken = (taken + 1) % (last - first + 1)
    const chosen = port(first + taken)
    this.#listener = createServer()
    this.#network.listen(this.#listener, { host: this.#at.address, port: chosen })
    this.#came = once(this.#listener, 'connection').then(([socket]) => socket as Socket)
    await once(this.#listener, 'listening')
    const named = this.#setting.announcedAddress ?? this.#at.address
    this.#say(
      verb === 'PASV'
        ? `227 Entering Passive Mode (${formatHostPort(named, chosen)})`
        : `229 Entering Extended Passive Mode (|||${chosen}|)`,
    )
  }

  #remember(verb: string, argument: Uint8Array): void {
    const parsed = verb === 'PORT' ? parseHostPort(argument) : parseExtendedAddress(argument)
    if (parsed.type === 'malformed') return this.#say('501 no')
    const told = 'endpoint' in parsed.value ? parsed.value.endpoint : parsed.value
    if (told.address !== this.#socket.remoteAddress?.replace(/^::ffff:/, ''))
      return this.#say('500 not your address')
    this.#told = told
    this.#say('200 ok')
  }

  async #send(): Promise<void> {
    const data = await this.#dataConnection()
    data.on('error', () => undefined)
    this.#say('150 here it comes')
    data.end(this.#content)
    await once(data, 'close').catch(() => undefined)
    this.#listener?.close()
    this.#listener = undefined
    this.#say('226 done')
  }

  async #dataConnection(): Promise<Socket> {
    if (this.#told !== undefined) {
      const { address: host, port: to } = this.#told
      const socket = this.#network.connect({
        host,
        port: to,
        localAddress: this.#at.address,
        ...(this.#setting.hasDataPort ? { localPort: DATA_PORT } : {}),
      })
      await once(socket, 'connect')
      return socket
    }
    if (this.#came === undefined) throw new Error('RETR without a data connection')
    return this.#came
  }

  #say(line: string): void {
    const text = Buffer.from(`${line}\r\n`, 'latin1')
    this.#socket.write(this.#isProtected ? `631 ${text.toString('base64')}\r\n` : text)
  }
}
