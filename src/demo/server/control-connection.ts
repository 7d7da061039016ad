/**
 * One control connection of the embedded server: lines in, replies out, one command after the
 * other. ABOR alone does not wait for its turn: it cuts the running transfer short first.
 */
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { LineFramer } from '../../engine/ftp/line.ts'
import type { Ip } from '../../net/ip.ts'
import type { Conversation, Handler } from './conversation.ts'
import { DataConnector } from './data-connector.ts'
import { FILE_COMMANDS } from './file-commands.ts'
import type { DirectoryEntry } from './file-tree.ts'
import { SESSION_COMMANDS } from './session-commands.ts'
import { SET_UP_COMMANDS } from './set-up-commands.ts'

/** Longer than any path in the tree, with the longest verb in front of it. */
const LINE_BYTES_MAX = 1024
/** Commands waiting behind a transfer; a client that pipelines more is not one of ours. */
const WAITING_COMMANDS_MAX = 64
/** Small enough that ABOR finds something left to cut short. */
const CHUNK_BYTES = 16_384

const COMMANDS: ReadonlyMap<string, Handler> = new Map(
  Object.entries({ ...SESSION_COMMANDS, ...SET_UP_COMMANDS, ...FILE_COMMANDS }),
)
const BEFORE_LOGIN = new Set([
  'USER',
  'PASS',
  'QUIT',
  'FEAT',
  'SYST',
  'HELP',
  'NOOP',
  'OPTS',
  'REIN',
])

interface Command {
  readonly verb: string
  readonly argument: string
}

export class ControlConnection implements Conversation {
  readonly root: DirectoryEntry
  readonly data: DataConnector
  readonly local: Ip
  readonly peer: Ip
  user: string | undefined
  isLoggedIn = false
  directory = '/'
  type: 'A' | 'I' = 'A'
  restartAt = 0
  isEpsvOnly = false

  readonly #socket: Socket
  readonly #framer: LineFramer = new LineFramer(LINE_BYTES_MAX, 'tolerant')
  readonly #waiting: Command[] = []
  #isWorking = false
  #transfer: AbortController | undefined

  /** Greets; from then on the socket's events drive it. */
  constructor(socket: Socket, root: DirectoryEntry, local: Ip, peer: Ip) {
    this.root = root
    this.local = local
    this.peer = peer
    this.data = new DataConnector(local, peer)
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#waiting.length = 0
      this.#transfer?.abort()
      this.data.close()
    })
    this.reply(220, 'Portcullis demo server ready.')
  }

  reply(code: number, ...lines: readonly string[]): void {
    const last = lines.length - 1
    const text = lines.map((line, index) => {
      if (index === last) return `${code} ${line}\r\n`
      return index === 0 ? `${code}-${line}\r\n` : `${line}\r\n`
    })
    if (this.#socket.writable) this.#socket.write(text.join(''))
  }

  end(): void {
    this.#waiting.length = 0
    this.#socket.end()
  }

  async transfer(what: string, bytes: Uint8Array): Promise<void> {
    if (!this.data.isSetUp) {
      this.reply(425, 'Send PASV, EPSV, PORT or EPRT first.')
      return
    }
    this.reply(150, `Here comes ${what}.`)
    const socket = await this.data.open().catch(() => undefined)
    if (socket === undefined) {
      this.reply(425, 'The data connection could not be made.')
      return
    }
    // The client sends nothing; reading shows us when it has closed its end.
    socket.resume()
    this.#transfer = new AbortController()
    try {
      await pipeline(chunks(bytes), socket, { signal: this.#transfer.signal })
      this.reply(226, `${bytes.length} bytes sent.`)
    } catch {
      this.reply(426, 'The transfer was cut short.')
    } finally {
      this.#transfer = undefined
    }
  }

  #read(bytes: Uint8Array): void {
    this.#framer.push(bytes)
    for (let line = this.#framer.next(); line !== undefined; line = this.#framer.next()) {
      if (line.type === 'malformed' && line.problem === 'too-long') {
        this.reply(500, 'Line too long.')
        this.end()
        return
      }
      const command = line.type === 'line' ? parseCommand(line.bytes) : MALFORMED
      if (command.verb === 'ABOR') this.#transfer?.abort()
      if (this.#waiting.push(command) > WAITING_COMMANDS_MAX) this.#socket.destroy()
    }
    void this.#work()
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#carryOut(next)
      } catch {
        this.reply(451, 'That went wrong here.')
      }
    }
    this.#isWorking = false
  }

  async #carryOut({ verb, argument }: Command): Promise<void> {
    const handler = COMMANDS.get(verb)
    if (handler === undefined) this.reply(500, 'No such command here.')
    else if (!this.isLoggedIn && !BEFORE_LOGIN.has(verb)) this.reply(530, 'Log in first.')
    else await handler(this, argument)
  }
}

/** A verb that nobody serves. */
const MALFORMED: Command = { verb: '', argument: '' }

function parseCommand(line: Uint8Array): Command {
  const text = Buffer.from(withoutTelnet(line)).toString('utf8')
  const space = text.indexOf(' ')
  if (space === -1) return { verb: text.toUpperCase(), argument: '' }
  return { verb: text.slice(0, space).toUpperCase(), argument: text.slice(space + 1) }
}

/** Without the Telnet bytes that may stand before ABOR, STAT and QUIT (RFC 959 §4.1.3). */
function withoutTelnet(line: Uint8Array): Uint8Array {
  return line.subarray(line.findIndex((byte) => byte < 0xf0))
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
    yield bytes.subarray(start, start + CHUNK_BYTES)
}
