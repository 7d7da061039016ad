/**
 * From the server to the client: frames lines, assembles replies, pairs each with its command and
 * decides whether it goes on as it came, rewritten, replaced, or ends the session. Replies are sent
 * on line by line as they come, but those that set up data connections, and those whose code does
 * not belong to their command, are first read to the end.
 */
import { after, type Instant } from '../../net/instant.ts'
import { ipFamily } from '../../net/ip.ts'
import { escapeBytes } from '../../net/escape.ts'
import { telnetPrefixLength } from '../ftp/command.ts'
import { LineFramer } from '../ftp/line.ts'
import { ReplyAssembler, type ReplyLine } from '../ftp/reply.ts'
import { HIDDEN_VERB } from './client-line.ts'
import type { Refusal, SetUpStep } from './data-set-up.ts'
import { ABOR_REPLY_TIME, DATA_LAG, REPLY_BYTES_MAX, REPLY_TIME } from './limits.ts'
import { localReply } from './local-reply.ts'
import type { SessionParts } from './parts.ts'
import type { PendingCommand } from './pending-commands.ts'

const CRLF = Uint8Array.of(0x0d, 0x0a)
const IAC = 0xff

/** Codes that mean one thing only (RFC 959, 1639, 2228, 2428): no other command may get them. */
const RESERVED_CODES: ReadonlySet<number> = new Set([227, 228, 229, 234, 235, 334, 335])

interface Reply {
  readonly code: number
  /** `undefined` for the greeting and for a 421, which answer no command. */
  readonly entry: PendingCommand | undefined
  readonly isCollected: boolean
  readonly lines: Uint8Array[]
  lineCount: number
  readonly text: string
}

/** What the session does about a finished reply. */
export type ReplyOutcome = 'went-on' | 'greeted' | 'server-leaves' | 'quit'

export class ReplyFlow {
  readonly #parts: SessionParts
  readonly #framer: LineFramer
  readonly #assembler: ReplyAssembler
  #isGreeted = false
  #reply: Reply | undefined
  /** A 227 or 229 that waits for its pinhole. */
  #held: Reply | undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { evaluator, profile } = parts.settings
    const { replyBytes, replyLines } = evaluator.ruleset.limits
    this.#framer = new LineFramer(replyBytes, profile.lineEnding)
    this.#assembler = new ReplyAssembler({ linesMax: replyLines, bytesMax: REPLY_BYTES_MAX })
  }

  push(bytes: Uint8Array): void {
    this.#framer.push(bytes)
  }

  /** Whether a reply waits for its pinhole. */
  get isHeld(): boolean {
    return this.#held !== undefined
  }

  /** Whether the client is in the middle of a multi-line reply. */
  get isMidReply(): boolean {
    return this.#reply !== undefined && !this.#reply.isCollected
  }

  /** Takes one line; `undefined` when none is to be had now. */
  step(now: Instant): ReplyOutcome | undefined {
    if (this.#held !== undefined) return undefined
    const { deadlines, settings } = this.#parts
    const first = this.#framer.peek()
    if (first !== undefined && !this.#assembler.isOpen && !isReplyByte(first)) {
      this.#parts.violate('reply.malformed', 'server')
      return undefined
    }
    const framed = this.#framer.next()
    if (framed === undefined) {
      const { timeouts } = settings.evaluator.ruleset
      if (this.#framer.hasBytes) deadlines.setOnce('server-line', after(now, timeouts.line))
      return undefined
    }
    deadlines.clear('server-line')
    if (framed.type === 'malformed') {
      const reason = framed.problem === 'too-long' ? 'reply.too-long' : 'reply.malformed'
      this.#parts.violate(reason, 'server', framed.problem)
      return undefined
    }
    const line = this.#assembler.take(this.#withoutTelnet(framed.bytes))
    if (line.type !== 'line') {
      const reason = line.type === 'malformed' ? 'reply.malformed' : 'reply.unterminated'
      this.#parts.violate(reason, 'server')
      return undefined
    }
    if (this.#assembler.isOpen) deadlines.setOnce('reply', after(now, REPLY_TIME))
    else deadlines.clear('reply')
    return this.#takeLine(line, now)
  }

  /** Telnet negotiation before a reply is dropped (RFC 1123 §4.1.2.12). */
  #withoutTelnet(line: Uint8Array): Uint8Array {
    if (this.#assembler.isOpen || line[0] !== IAC) return line
    this.#parts.outbox.verdict('note', 'telnet.stripped', { side: 'server' })
    return line.subarray(telnetPrefixLength(line))
  }

  #takeLine(line: Extract<ReplyLine, { type: 'line' }>, now: Instant): ReplyOutcome | undefined {
    const reply = this.#reply ?? this.#begin(line)
    if (reply === undefined) return undefined
    this.#reply = reply
    reply.lineCount += 1
    if (reply.isCollected) reply.lines.push(line.bytes)
    else this.#parts.outbox.send('client', Buffer.concat([line.bytes, CRLF]))
    if (line.position === 'first' || line.position === 'middle') return 'went-on'
    this.#reply = undefined
    return this.#finish(reply, line.bytes, now)
  }

  #begin(line: Extract<ReplyLine, { type: 'line' }>): Reply | undefined {
    const { code } = line
    const entry = this.#isGreeted && code !== 421 ? this.#match(code) : undefined
    if (!this.#isGreeted && code !== 220 && code !== 120 && code !== 421) {
      this.#parts.violate('reply.greeting', 'server', `${code}`)
      return undefined
    }
    if (this.#isGreeted && code !== 421 && entry === undefined) {
      this.#parts.violate('reply.unsolicited', 'server', `${code}`)
      return undefined
    }
    const isSetUp = entry?.command?.traits.setUp !== undefined
    const isHidden = entry?.verb === HIDDEN_VERB
    return {
      code,
      entry,
      isCollected: isSetUp || isReserved(code),
      lines: [],
      lineCount: 0,
      text: isHidden ? '' : escapeBytes(line.bytes.subarray(4)),
    }
  }

  #match(code: number): PendingCommand | undefined {
    const { pending, outbox, deadlines } = this.#parts
    const entry = pending.match(code)
    for (const earlier of pending.sent) {
      if (earlier === entry) break
      if (!earlier.isOptional) continue
      pending.remove(earlier)
      deadlines.clear('abor')
      outbox.verdict('note', 'reply.missing', { side: 'server', verb: earlier.verb })
    }
    return entry
  }

  #finish(reply: Reply, lastLine: Uint8Array, now: Instant): ReplyOutcome {
    const { entry, code } = reply
    if (entry === undefined) {
      this.#record(reply)
      if (code === 421) return 'server-leaves'
      if (code === 120) return 'went-on'
      this.#isGreeted = true
      return 'greeted'
    }
    if (entry.command?.traits.setUp !== undefined) return this.#finishSetUp(reply, lastLine, now)
    if (isReserved(code)) return this.#replace(reply, { type: 'refuse', reason: 'reply.mismatch' })
    this.#record(reply)
    if (code < 200) {
      entry.isPreliminarySeen = true
      return 'went-on'
    }
    return this.#settle(entry, code, now)
  }

  #finishSetUp(reply: Reply, lastLine: Uint8Array, now: Instant): ReplyOutcome {
    const step = this.#parts.setUp.replied(reply.code, lastLine, now)
    if (step.type === 'held') {
      this.#held = reply
      return 'went-on'
    }
    return this.#answer(reply, step)
  }

  /** The pinhole that a held reply waited for is open (`tell`) or refused. */
  continueSetUp(step: SetUpStep): void {
    const reply = this.#held
    if (reply === undefined) return
    this.#held = undefined
    this.#answer(reply, step)
  }

  #answer(reply: Reply, step: SetUpStep): ReplyOutcome {
    if (step.type === 'refuse') return this.#replace(reply, step)
    const isOwn = step.type === 'tell'
    const lines = isOwn ? [step.bytes] : reply.lines.map((line) => Buffer.concat([line, CRLF]))
    for (const line of lines) this.#parts.outbox.send('client', line)
    if (isOwn) this.#recordTold(reply, step.bytes)
    else this.#record(reply)
    this.#done(reply.entry)
    return 'went-on'
  }

  /** The server's reply is withheld; the client gets ours. */
  #replace(reply: Reply, why: Refusal): ReplyOutcome {
    const { outbox, settings } = this.#parts
    const verb = reply.entry?.verb
    outbox.verdict('replace', why.reason, {
      side: 'server',
      verb,
      argument: `${reply.code} ${reply.text}`,
      rule: why.rule,
      detail: why.detail,
    })
    outbox.reply(localReply(why.reason, ipFamily(settings.client.address)), verb)
    this.#done(reply.entry)
    return 'went-on'
  }

  /** What a final reply changes. */
  #settle(entry: PendingCommand, code: number, now: Instant): ReplyOutcome {
    const { login, expectation, setUp, data, deadlines } = this.#parts
    const { verb } = entry
    login.replied(verb, code)
    if (entry.command?.traits.transfer !== undefined) {
      setUp.transferEnded()
      if (code < 300 && data.isAwaitingConnection && expectation.open !== undefined)
        deadlines.set('data-lag', after(now, DATA_LAG))
      this.#expectAborReply(code, now)
    }
    if (verb === 'ABOR') {
      deadlines.clear('abor')
      expectation.close('aborted', now)
    }
    this.#done(entry)
    return verb === 'QUIT' ? 'quit' : 'went-on'
  }

  /** A transfer that ended well may have been answered together with the ABOR behind it (Q20). */
  #expectAborReply(code: number, now: Instant): void {
    const { pending, deadlines } = this.#parts
    const abor = pending.sent.find((entry) => entry.verb === 'ABOR')
    if (abor === undefined || code >= 300) return
    abor.isOptional = true
    deadlines.set('abor', after(now, ABOR_REPLY_TIME))
  }

  #done(entry: PendingCommand | undefined): void {
    const { pending, outbox } = this.#parts
    if (entry !== undefined) pending.remove(entry)
    for (const { answer, verb } of pending.takeAnswered())
      if (answer !== undefined) outbox.reply(answer, verb === '' ? undefined : verb)
  }

  #record(reply: Reply): void {
    const { code, text, entry, lineCount } = reply
    this.#parts.outbox.record({
      type: 'control.reply',
      code,
      text,
      lines: lineCount,
      ...(entry === undefined ? {} : { verb: entry.verb }),
    })
  }

  #recordTold(reply: Reply, told: Uint8Array): void {
    const code = Number(Buffer.from(told.subarray(0, 3)).toString('latin1'))
    const text = escapeBytes(told.subarray(4, told.length - CRLF.length))
    this.#record({ ...reply, code, text, lineCount: 1 })
  }
}

function isReserved(code: number): boolean {
  return RESERVED_CODES.has(code) || code >= 600
}

/** A reply starts with a digit, or with Telnet bytes that are dropped. */
function isReplyByte(byte: number): boolean {
  return (byte >= 0x31 && byte <= 0x36) || byte === IAC
}
