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
}

/** What ABOR may be answered (RFC 959 §5.4). */
const ABOR_CODES: ReadonlySet<number> = new Set([225, 226, 500, 501, 502])

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

  constructor(lineBytesMax: number, ending: 'strict' | 'tolerant') {
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
      const asked: Asked = { command, decision: 'open', isPreliminarySeen: false }
      this.#waiting.push(asked)
      this.#undecided.push(asked)
    }
  }

  /** The engine has begun with the next command. */
  begun(): void {
    this.#current = this.#undecided.shift()
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
    const [head, ...later] = this.#waiting
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

function answersDuringTransfer(verb: string | undefined, code: number): boolean {
  if (verb === 'STAT') return code >= 211 && code <= 213
  return (verb === 'NOOP' && code === 200) || (verb === 'QUIT' && code === 221)
}
