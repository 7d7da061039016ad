/**
 * From the server to the client: frames lines, assembles replies, pairs each with its command and
 * decides whether it goes on as it came, rewritten, replaced, or ends the session. Replies are sent
 * on line by line as they come, but those that set up data connections, and those whose code does
 * not belong to their command, are first read to the end.
 */
import { after, type Instant } from '../../net/instant.ts'
import { ipFamily } from '../../net/ip.ts'
import { escapeBytes } from '../../net/escape.ts'
import { lineShape, telnetPrefixLength } from '../ftp/command.ts'
import { LineFramer } from '../ftp/line.ts'
import { maskReplyLine, ReplyAssembler, type ReplyLine } from '../ftp/reply.ts'
import { isKnownVerb } from '../ftp/verb.ts'
import { HIDDEN_VERB, isTlsRecord } from './client-line.ts'
import { ABOR_REPLY_TIME, DATA_LAG, REPLY_BYTES_MAX, REPLY_TIME } from './limits.ts'
import { type LocalReply, localReply } from './local-reply.ts'
import type { SessionParts } from './parts.ts'
import type { PendingCommand } from './pending-commands.ts'
import type { Reason } from './reason.ts'
import { isReserved } from './reserved-code.ts'
import { type Refusal, refuse, type SetUpStep } from './set-up-step.ts'

const CRLF = Uint8Array.of(0x0d, 0x0a)
const IAC = 0xff

interface Reply {
  readonly code: number
  /** `undefined` for what answers no command: the greeting, 421, a protected reply too many. */
  readonly entry: PendingCommand | undefined
  readonly isCollected: boolean
  /** Its text is covered. */
  readonly isMasked: boolean
  readonly lines: Uint8Array[]
  lineCount: number
  readonly text: string
}

type ReplyStart = Extract<ReplyLine, { type: 'line' }>

/** What the session does about a finished reply. */
export type ReplyOutcome = 'went-on' | 'greeted' | 'server-leaves' | 'secured'

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

  /** The greeting was said under TLS. */
  greeted(): void {
    this.#isGreeted = true
  }

  /** Lines carry security tokens from now on, or no longer do. */
  limitLines(lineBytesMax: number): void {
    this.#framer.limitTo(lineBytesMax)
  }

  /** Whether the server has sent something that is not yet sent on. */
  get hasInput(): boolean {
    return this.#framer.hasBytes
  }

  push(bytes: Uint8Array): void {
    this.#framer.push(bytes)
    // Set-up commands are sent alone, so nothing is to come while the reply to one is held.
    if (this.#held !== undefined && this.#framer.byteCount > REPLY_BYTES_MAX)
      this.#parts.violate('reply.unsolicited', 'server')
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
    if (first !== undefined && !this.#assembler.isOpen && !mayBegin(first)) {
      const isMixed = this.#parts.security.wasProtected && isTlsRecord(first)
      this.#parts.violate(isMixed ? 'ccc.mixed' : 'reply.malformed', 'server')
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
      const malformed = isCommand(framed.bytes) ? 'reply.command' : 'reply.malformed'
      this.#parts.violate(line.type === 'malformed' ? malformed : 'reply.unterminated', 'server')
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

  #takeLine(line: ReplyStart, now: Instant): ReplyOutcome | undefined {
    const reply = this.#reply ?? this.#begin(line)
    if (reply === undefined) return undefined
    this.#reply = reply
    reply.lineCount += 1
    const bytes = reply.isMasked ? maskReplyLine(line.bytes, line.position) : line.bytes
    if (reply.isCollected) reply.lines.push(bytes)
    else this.#parts.outbox.send('client', Buffer.concat([bytes, CRLF]))
    if (line.position === 'first' || line.position === 'middle') return 'went-on'
    this.#reply = undefined
    return this.#finish(reply, line.bytes, now)
  }

  #begin(line: ReplyStart): Reply | undefined {
    const { code } = line
    const entry = this.#isGreeted && code !== 421 ? this.#match(code) : undefined
    if (!this.#isGreeted && code !== 220 && code !== 120 && code !== 421) {
      this.#parts.violate('reply.greeting', 'server', `${code}`)
      return undefined
    }
    const mayBeUnasked = code === 421 || this.#parts.security.mayReplyUnasked(code)
    if (this.#isGreeted && entry === undefined && !mayBeUnasked) {
      this.#parts.violate('reply.unsolicited', 'server', `${code}`)
      return undefined
    }
    const isSetUp = entry?.command?.traits.setUp !== undefined
    const isSecurity = entry?.verb === 'AUTH' || entry?.verb === 'ADAT'
    const isHidden = entry?.verb === HIDDEN_VERB || mayHoldSecret(entry, code)
    const isMasked = this.#isMasked(line, entry)
    const shown = isMasked ? maskReplyLine(line.bytes, line.position) : line.bytes
    return {
      code,
      entry,
      isCollected:
        isSetUp || isSecurity || (isReserved(code) && !this.#parts.security.mayBeProtected(code)),
      isMasked,
      lines: [],
      lineCount: 0,
      text: isHidden ? '' : escapeBytes(shown.subarray(4)),
    }
  }

  /** The greeting, and what SYST is answered. */
  #isMasked({ code, bytes }: ReplyStart, entry: PendingCommand | undefined): boolean {
    if (code >= 400 || (this.#isGreeted && entry?.verb !== 'SYST')) return false
    const reason = this.#isGreeted ? 'reply.system' : 'reply.banner'
    return this.#parts.inspection.masks(reason, entry?.verb, escapeBytes(bytes))
  }

  #match(code: number): PendingCommand | undefined {
    const entry = this.#parts.pending.match(code)
    if (entry === undefined || !this.#parts.security.mayAnswer(entry.verb, code)) return undefined
    this.#dropUnansweredAbor(entry)
    return entry
  }

  /** ABOR was answered together with the transfer it ended: no reply of its own comes (Q20). */
  aborTimedOut(now: Instant): void {
    this.#dropUnansweredAbor()
    this.#aborted(now)
    this.#flush()
  }

  #dropUnansweredAbor(before?: PendingCommand): void {
    const { pending, outbox } = this.#parts
    for (const entry of pending.sent) {
      if (entry === before) return
      if (!entry.isOptional) continue
      pending.remove(entry)
      outbox.verdict('note', 'reply.missing', { side: 'server', verb: entry.verb })
    }
  }

  #finish(reply: Reply, lastLine: Uint8Array, now: Instant): ReplyOutcome {
    const { entry, code } = reply
    if (entry === undefined) {
      this.#record(reply)
      if (code === 421) return 'server-leaves'
      if (code === 120 || this.#isGreeted) return 'went-on'
      this.#isGreeted = true
      return 'greeted'
    }
    if (entry.command?.traits.setUp !== undefined) return this.#finishSetUp(reply, lastLine, now)
    if (entry.verb === 'AUTH' || entry.verb === 'ADAT') return this.#finishSecurity(reply, now)
    if (isReserved(code) && !this.#parts.security.mayBeProtected(code)) {
      const reason: Reason = 'reply.mismatch'
      this.#replace(reply, refuse(reason))
      this.#settle(entry, this.#localReply(reason).code, now)
      return 'went-on'
    }
    this.#record(reply)
    if (code < 200) entry.isPreliminarySeen = true
    else this.#settle(entry, code, now)
    return 'went-on'
  }

  /** A reply to AUTH or ADAT: sent on whole, and only if it is one that they may get (T4, T7). */
  #finishSecurity(reply: Reply, now: Instant): ReplyOutcome {
    const { security, outbox } = this.#parts
    const { entry, code } = reply
    const wrong = security.replied(entry?.verb ?? '', code, now)
    if (wrong !== undefined) {
      this.#parts.violate(wrong, 'server', `${code}`)
      return 'went-on'
    }
    for (const line of reply.lines) outbox.send('client', Buffer.concat([line, CRLF]))
    this.#record(reply)
    this.#done(entry)
    return 'secured'
  }

  #finishSetUp(reply: Reply, lastLine: Uint8Array, now: Instant): ReplyOutcome {
    this.#parts.security.protectedReplied(reply.entry?.verb ?? '', reply.code)
    const step = this.#parts.setUp.replied(reply.code, lastLine, now)
    if (step.type === 'held') this.#held = reply
    else this.#answer(reply, step)
    return 'went-on'
  }

  /** The pinhole that a held reply waited for is open (`tell`) or refused. */
  continueSetUp(step: SetUpStep): void {
    const reply = this.#held
    if (reply === undefined) return
    this.#held = undefined
    this.#answer(reply, step)
  }

  #answer(reply: Reply, step: SetUpStep): void {
    const { outbox, inspection } = this.#parts
    if (step.type === 'refuse') {
      if (inspection.resets(step.reason))
        return this.#parts.violate(step.reason, 'server', step.detail)
      this.#replace(reply, step)
    } else if (step.type === 'tell') {
      outbox.send('client', step.bytes)
      this.#recordTold(reply, step.bytes)
    } else {
      for (const line of reply.lines) outbox.send('client', Buffer.concat([line, CRLF]))
      this.#record(reply)
    }
    this.#done(reply.entry)
  }

  /** The server's reply is withheld; the client gets ours. */
  #replace(reply: Reply, why: Refusal): void {
    const { outbox } = this.#parts
    const verb = reply.entry?.verb
    outbox.verdict('replace', why.reason, {
      side: 'server',
      verb,
      argument: `${reply.code} ${reply.text}`,
      rule: why.rule,
      detail: why.detail,
    })
    outbox.reply(this.#localReply(why.reason), verb)
  }

  #localReply(reason: Reason): LocalReply {
    return localReply(reason, ipFamily(this.#parts.settings.client.address))
  }

  /** What a final reply changes. */
  #settle(entry: PendingCommand, code: number, now: Instant): void {
    const { login, setUp } = this.#parts
    const { verb } = entry
    login.replied(verb, code)
    this.#parts.security.protectedReplied(verb, code)
    if (verb === 'REIN' && code < 400) setUp.reinitialised()
    if (verb === 'ABOR') this.#aborted(now)
    if (entry.command?.traits.transfer !== undefined) this.#transferEnded(code, now)
    this.#done(entry)
    const failures = this.#parts.loginGuard.replied(verb, code, now)
    if (failures !== undefined) this.#parts.violate('login.failures', 'client', failures)
  }

  #transferEnded(code: number, now: Instant): void {
    const { expectation, setUp, data, deadlines } = this.#parts
    setUp.transferEnded()
    if (code >= 300) return data.transferFailed()
    if (data.isAwaitingConnection && expectation.open !== undefined)
      deadlines.set('data-lag', after(now, DATA_LAG))
    this.#expectNoAborReply(now)
  }

  /** A transfer that ended well may have been answered together with the ABOR behind it (Q20). */
  #expectNoAborReply(now: Instant): void {
    const { pending, deadlines } = this.#parts
    for (const entry of pending.sent) {
      if (entry.verb !== 'ABOR') continue
      entry.isOptional = true
      deadlines.set('abor', after(now, ABOR_REPLY_TIME))
    }
  }

  /** Nothing that was set up outlives ABOR (I4). */
  #aborted(now: Instant): void {
    const { data, setUp } = this.#parts
    if (data.forget()) setUp.connectionLost()
    setUp.aborted(now)
  }

  #done(entry: PendingCommand | undefined): void {
    const { pending, deadlines } = this.#parts
    if (entry !== undefined) pending.remove(entry)
    if (!pending.sent.some((other) => other.isOptional)) deadlines.clear('abor')
    this.#flush()
  }

  /** Speaks the proxy's own answers whose turn has come. */
  #flush(): void {
    const { pending, outbox } = this.#parts
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

/** Security data (RFC 2228 §5.2: `ADAT=…`, and everything behind a 6yz). */
const SECURITY_CODES: ReadonlySet<number> = new Set([235, 334, 335])

/** Servers that do not understand a line quote it in a 500 to 504, password and all. */
function mayHoldSecret(entry: PendingCommand | undefined, code: number): boolean {
  if (SECURITY_CODES.has(code) || code >= 600) return true
  return entry?.command?.isSecret === true && code >= 500 && code <= 504
}

/** A verb in capitals; `User u logged in.` is a reply without its code. */
function isCommand(line: Uint8Array): boolean {
  const verb = lineShape(line)
  return isKnownVerb(verb) && verb === Buffer.from(line.subarray(0, verb.length)).toString('latin1')
}

/**
 * A reply starts with a digit, or with Telnet bytes that are dropped. A line of letters is none, but
 * it is read to its end to see whether it is a command.
 */
function mayBegin(byte: number): boolean {
  const letter = byte & ~0x20
  return (byte >= 0x31 && byte <= 0x36) || byte === IAC || (letter >= 0x41 && letter <= 0x5a)
}
