/**
 * Lets the replies of a captured server through to the engine when it has sent the command that
 * they answer, keeps back those that answer a command it has not come to, and drops those that
 * answer one it refused. What is no reply at all goes through: judging it is the engine's business.
 */
import type { Asked, AskedCommands } from './asked.ts'

export interface GateEvents {
  pass(bytes: Uint8Array): void
  /** AUTH was accepted: what follows, on both sides, is TLS. */
  secured(): void
  /** The server accepted an AUTH that the engine has refused. */
  diverged(verb: string, code: number): void
}

/** Code and separator decide about a line. */
const HEAD_BYTES = 4
const LF = 0x0a
const HYPHEN = 0x2d

type Fate = 'pass' | 'drop'

interface OpenReply {
  readonly code: number
  readonly asked: Asked | undefined
  readonly fate: Fate
}

export class ReplyGate {
  readonly #asked: AskedCommands
  readonly #events: GateEvents
  /** The greeting is clear, and the only thing that is. */
  readonly #isTlsBehindGreeting: boolean
  #isGreeted: boolean
  #isRaw = false
  /** The multi-line reply that is being read, and what becomes of its lines. */
  #reply: OpenReply | undefined
  #isLastLine = false
  /** The beginning of a line, until there is enough of it. */
  #head: Uint8Array = new Uint8Array(0)
  #line: Fate | undefined
  #waiting: Uint8Array[] = []
  #isRunning = false

  constructor(
    asked: AskedCommands,
    events: GateEvents,
    isGreeted: boolean,
    isTlsBehindGreeting: boolean = false,
  ) {
    this.#isTlsBehindGreeting = isTlsBehindGreeting
    this.#asked = asked
    this.#events = events
    this.#isGreeted = isGreeted
  }

  /** Whether something waits for a decision of the engine. */
  get isHolding(): boolean {
    return this.#waiting.length > 0
  }

  /** From here on all bytes go through as they are, until `readable`. */
  opaque(): void {
    this.#isRaw = true
  }

  /** Clear again; `seen` are bytes that the engine has already got. */
  readable(seen: Uint8Array): void {
    this.#isRaw = false
    this.#reply = undefined
    this.#line = undefined
    this.#head = new Uint8Array(0)
    this.#isGreeted = true
    this.#read(seen, () => undefined)
  }

  push(bytes: Uint8Array): void {
    // What waits is kept beyond this call, and the bytes are the caller's.
    this.#waiting.push(this.isHolding ? bytes.slice() : bytes)
    this.retry()
  }

  /** A decision was made. */
  retry(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const read = this.#read(next, (bytes) => this.#events.pass(bytes))
      if (read === next.length) continue
      this.#waiting.unshift(next.slice(read))
      break
    }
    this.#isRunning = false
  }

  /** Reads as far as it is decided; answers how far. Passes on in pieces as large as they come. */
  #read(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): number {
    let at = 0
    while (at < bytes.length) {
      if (this.#isRaw) {
        pass(bytes.subarray(at))
        return bytes.length
      }
      const newline = bytes.indexOf(LF, at)
      const end = newline === -1 ? bytes.length : newline + 1
      if (this.#line !== undefined) {
        if (this.#line === 'pass') pass(bytes.subarray(at, end))
      } else {
        const head = Buffer.concat([this.#head, bytes.subarray(at, end)])
        if (head.length < HEAD_BYTES && newline === -1) {
          this.#head = head
          return bytes.length
        }
        this.#line = this.#judge(head)
        if (this.#line === undefined) return at
        this.#head = new Uint8Array(0)
        if (this.#line === 'pass') pass(head)
      }
      at = end
      if (newline !== -1) this.#lineEnded()
    }
    return at
  }

  /** What becomes of the line that begins with `head`; `undefined`: it has to wait. */
  #judge(head: Uint8Array): Fate | undefined {
    const code = codeOf(head)
    const open = this.#reply
    if (open !== undefined) {
      this.#isLastLine = code === open.code && head[3] !== HYPHEN
      return open.fate
    }
    if (code === undefined) return 'pass'
    const asked = this.#isGreeted && code !== 421 ? this.#asked.match(code) : undefined
    if (asked?.decision === 'open') return undefined
    const fate = asked?.decision === 'refused' ? 'drop' : 'pass'
    this.#reply = { code, asked, fate }
    this.#isLastLine = head[3] !== HYPHEN
    return fate
  }

  #lineEnded(): void {
    this.#line = undefined
    const reply = this.#reply
    if (reply === undefined || !this.#isLastLine) return
    this.#reply = undefined
    const { code, asked, fate } = reply
    if (!this.#isGreeted) {
      this.#isGreeted = code !== 120
      if (this.#isGreeted && this.#isTlsBehindGreeting) this.#events.secured()
    }
    if (asked === undefined) return
    if (code < 200) asked.isPreliminarySeen = true
    else this.#asked.settle(asked)
    if (asked.command?.verb !== 'AUTH' || (code !== 234 && code !== 334)) return
    if (fate === 'drop') this.#events.diverged('AUTH', code)
    else if (code === 234) this.#events.secured()
  }
}

function codeOf(head: Uint8Array): number | undefined {
  const match = /^([1-6]\d\d)(?:[ \r\n-]|$)/.exec(
    Buffer.from(head.subarray(0, 4)).toString('latin1'),
  )
  return match === null ? undefined : Number(match[1])
}
