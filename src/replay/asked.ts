/**
 * The commands of a captured client, and what the engine has made of each. A reply of the capture
 * answers one of them: if the engine sent that command on, the server would have replied so; if the
 * engine refused it, the server would never have been asked.
 */
import type { Command } from '../engine/ftp/command.ts'
import { LineFramer } from '../engine/ftp/line.ts'
import { readClientLine } from '../engine/session/client-line.ts'

export interface Asked {
  /** `undefined` for a line that is no command. */
  readonly command: Command | undefined
  decision: 'open' | 'sent' | 'refused'
  isPreliminarySeen: boolean
  /** The proxy of the capture has sent it on, so a reply will answer it. */
  isRelayed: boolean
}

/** What ABOR may be answered (RFC 959 §5.4). */
const ABOR_CODES: ReadonlySet<number> = new Set([225, 226, 500, 501, 502])

/** Telnet's signs may precede a verb (RFC 959 §4.1.3). */
const RELAYED_LINE = /(?:^|\n)[\u00f0-\u00ff]*([A-Za-z]{3,12})(?=[ \r\n])/g

/** Commands that no reply was found for; a server that never answers must not fill the memory. */
const WAITING_MAX = 10_000

export class AskedCommands {
  readonly #framer: LineFramer
  /** Without a reply so far, in the order of the client. */
  #waiting: Asked[] = []
  /** The engine has not come to these. */
  #undecided: Asked[] = []
  #current: Asked | undefined
  #isReadable = true
  /** Whether the capture shows which commands reached the server. */
  readonly #isRelaying: boolean

  constructor(lineBytesMax: number, ending: 'strict' | 'tolerant', isRelaying: boolean = false) {
    this.#isRelaying = isRelaying
    this.#framer = new LineFramer(lineBytesMax, ending)
  }

  /** Reads lines as the engine will; behind one that ends the session nothing is read. */
  push(bytes: Uint8Array): void {
    if (!this.#isReadable) return
    this.#framer.push(bytes)
    for (;;) {
      const line = readClientLine(this.#framer)
      if (line === undefined) return
      if (line.type === 'empty') continue
      if (line.type === 'fatal' || this.#waiting.length >= WAITING_MAX) {
        this.#isReadable = false
        return
      }
      const command = line.type === 'command' ? line.command : undefined
      const asked: Asked = {
        command,
        decision: 'open',
        isPreliminarySeen: false,
        isRelayed: !this.#isRelaying,
      }
      this.#waiting.push(asked)
      this.#undecided.push(asked)
    }
  }

  /** The proxy of the capture sent `bytes` to the server: whole lines, as it always does. */
  relayed(bytes: Uint8Array): void {
    for (const [, verb = ''] of Buffer.from(bytes).toString('latin1').matchAll(RELAYED_LINE)) {
      const kind = kindOf(verb.toUpperCase())
      const asked = this.#waiting.find(
        (one) => !one.isRelayed && kindOf(one.command?.verb) === kind,
      )
      if (asked === undefined) continue
      asked.isRelayed = true
      // What the proxy has answered itself waits for no reply.
      const passed = this.#waiting.slice(0, this.#waiting.indexOf(asked))
      for (const one of passed) if (!one.isRelayed && one.decision !== 'open') this.settle(one)
    }
  }

  /** The engine has begun with the next command. */
  begun(): void {
    this.#current = this.#undecided.shift()
  }

  /** Takes out what the engine has not come to. */
  takeUndecided(): readonly Asked[] {
    return this.#undecided.splice(0)
  }

  /** The engine sends something to the server. */
  sent(): void {
    if (this.#current?.decision === 'open') this.#current.decision = 'sent'
  }

  /** The engine refuses a command, or a line that is none. */
  refused(isCommand: boolean): void {
    if (!isCommand) this.begun()
    if (this.#current !== undefined) this.#current.decision = 'refused'
  }

  /** The command that a reply with `code` answers; `undefined`: none that was seen. */
  match(code: number): Asked | undefined {
    const [head, ...later] = this.#waiting.filter((one) => one.isRelayed)
    if (head === undefined) return undefined
    const verb = head.command?.verb
    const [next] = later
    if (verb === 'ABOR' && next !== undefined && !ABOR_CODES.has(code)) {
      this.settle(head)
      return next
    }
    if (head.command?.traits.transfer === undefined || !head.isPreliminarySeen) return head
    return later.find((one) => answersDuringTransfer(one.command?.verb, code)) ?? head
  }

  /** Its final reply has come. */
  settle(asked: Asked): void {
    this.#waiting = this.#waiting.filter((other) => other !== asked)
  }
}

/** Announcements may be sent on in another form (RFC 6384 §6). */
function kindOf(verb: string | undefined): string | undefined {
  if (verb === 'EPSV') return 'PASV'
  return verb === 'EPRT' ? 'PORT' : verb
}

function answersDuringTransfer(verb: string | undefined, code: number): boolean {
  if (verb === 'STAT') return code >= 211 && code <= 213
  return (verb === 'NOOP' && code === 200) || (verb === 'QUIT' && code === 221)
}
