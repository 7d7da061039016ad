/**
 * From the client to the server: frames lines, holds each command until it may be sent, refuses
 * what may not, and sends the rest. Commands that change what later ones mean (set-up, login) are
 * sent alone: nothing else is unanswered when they go, and nothing follows before their reply.
 */
import { after, type Instant } from '../../net/instant.ts'
import { ipFamily } from '../../net/ip.ts'
import type { Command } from '../ftp/command.ts'
import { LineFramer } from '../ftp/line.ts'
import {
  type ClientCommand,
  type ClientLine,
  HIDDEN_VERB,
  isAborWithoutLf,
  readAborWithoutLf,
  readClientLine,
  shownVerb,
} from './client-line.ts'
import {
  BAD_COMMANDS_MAX,
  EARLY_COMMANDS_MAX,
  EMPTY_LINES_MAX,
  FOREIGN_ANNOUNCEMENTS_MAX,
  PENDING_COMMANDS_MAX,
  PENDING_COMMANDS_RESUME,
  URGENT_LAG,
} from './limits.ts'
import { localReply } from './local-reply.ts'
import type { SessionParts } from './parts.ts'
import type { Reason } from './reason.ts'
import { type Refusal, refuse, type SetUpStep } from './set-up-step.ts'

/** `found`: what checks found when it arrived. */
type HeldCommand = ClientCommand & { readonly found: readonly Reason[] }
type HeldLine = HeldCommand | Extract<ClientLine, { type: 'bad' }>

/** Announcing these is probing; three times ends the session (B1). */
const FOREIGN: ReadonlySet<Reason> = new Set([
  'port.foreign-address',
  'port.special-address',
  'port.self',
])

export class CommandFlow {
  readonly #parts: SessionParts
  readonly #framer: LineFramer
  #held: HeldLine[] = []
  /** The command whose pinhole is being opened. */
  #opening: Command | undefined
  #isGreeted = false
  #isInputEnded = false
  #isQuitting = false
  #isRestNoted = false
  #isPaused = false
  #emptyLines = 0
  #badCommands = 0
  #foreignAnnouncements = 0
  #commands = 0

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { evaluator, profile } = parts.settings
    this.#framer = new LineFramer(evaluator.ruleset.limits.commandBytes, profile.lineEnding)
  }

  push(bytes: Uint8Array): void {
    if (this.#isQuitting) this.#noteRest()
    else this.#framer.push(bytes)
  }

  greeted(): void {
    this.#isGreeted = true
  }

  /** Lines carry security tokens from now on, or no longer do. */
  limitLines(lineBytesMax: number): void {
    this.#framer.limitTo(lineBytesMax)
  }

  /** Whether the client has sent something that is not yet sent on. */
  get hasInput(): boolean {
    return this.#held.length > 0 || this.#framer.hasBytes
  }

  /** A line left unfinished is never executed, so nobody waits for the rest of it. */
  inputEnded(): void {
    this.#isInputEnded = true
    this.#parts.deadlines.clear('client-line')
  }

  get isQuitting(): boolean {
    return this.#isQuitting
  }

  /** Commands so far. */
  get count(): number {
    return this.#commands
  }

  /** Whether a command has been read that is not yet answered. */
  get isBusy(): boolean {
    return this.#held.length > 0 || this.#opening !== undefined || this.#parts.pending.count > 0
  }

  /** Sends what may be sent, and reads on as far as commands may be held. */
  pump(now: Instant, isEnded: () => boolean): void {
    while (!isEnded() && !this.#isQuitting) {
      this.#overtake(now, isEnded)
      // A line that was overtaken may have been the last bad one.
      if (isEnded()) return
      const [held] = this.#held
      if (held !== undefined && this.#mayStart(held)) {
        this.#held.shift()
        this.#start(held, now)
      } else if (!this.#readOne(now)) break
    }
    if (!isEnded()) this.#regulate()
  }

  /** Reads one line into the queue; `false` when none is to be had now. */
  #readOne(now: Instant): boolean {
    const { deadlines, settings } = this.#parts
    // A command whose pinhole is being opened goes out first, as it does when what is behind it, the
    // end of the session perhaps, comes in another segment.
    if (this.#opening !== undefined) return false
    if (this.#held.length + this.#parts.pending.count >= PENDING_COMMANDS_MAX) return false
    if (!this.#isGreeted && this.#held.length > EARLY_COMMANDS_MAX) {
      this.#parts.violate('cmd.early', 'client')
      return false
    }
    const line = readClientLine(this.#framer, this.#parts.security.wasProtected)
    if (line === undefined) {
      const { timeouts } = settings.evaluator.ruleset
      if (this.#framer.hasBytes && !this.#isInputEnded)
        deadlines.setOnce('client-line', after(now, timeouts.line))
      if (isAborWithoutLf(this.#framer)) deadlines.setOnce('urgent', after(now, URGENT_LAG))
      return false
    }
    deadlines.clear('client-line')
    deadlines.clear('urgent')
    this.#take(line)
    return true
  }

  /** The LF of an ABOR was urgent, and will not come any more. */
  urgentLost(): void {
    const line = readAborWithoutLf(this.#framer)
    if (line === undefined) return
    this.#parts.deadlines.clear('client-line')
    this.#take(line)
  }

  #take(line: ClientLine): void {
    switch (line.type) {
      case 'fatal':
        return this.#parts.violate(line.reason, 'client')
      case 'empty':
        this.#emptyLines += 1
        if (this.#emptyLines > EMPTY_LINES_MAX) this.#parts.violate('cmd.empty', 'client')
        return
      case 'bad':
        this.#emptyLines = 0
        if (!this.#isGreeted) return this.#parts.violate('cmd.early', 'client', line.shape)
        this.#held.push(line)
        return
      case 'command':
        this.#emptyLines = 0
        return this.#hold(line)
    }
  }

  /** What depends on when a command comes is found out now, and not when its turn has come. */
  #hold(line: Extract<ClientLine, ClientCommand>): void {
    const { inspection } = this.#parts
    const found: Reason[] = line.isBareLf === true && inspection.notesBareLf ? ['cmd.bare-lf'] : []
    if (inspection.watchesOrder && this.#isAwaitingReply)
      found.push(...inspection.outOfOrder(line.command.verb, this.#isSettingUp))
    const reason = found.find((one) => inspection.resets(one))
    // Whether a password is awaited is known when the replies before it have come.
    if (reason !== undefined)
      return this.#parts.violate(reason, 'client', shownVerb(line.command, true))
    const { type, command, isTelnetStripped } = line
    this.#held.push({ type, command, isTelnetStripped, found })
  }

  get #isAwaitingReply(): boolean {
    return this.#held.length > 0 || this.#parts.pending.isAwaited
  }

  get #isSettingUp(): boolean {
    return (
      this.#parts.pending.isSettingUp ||
      this.#held.some((held) => held.type === 'command' && held.command.traits.setUp !== undefined)
    )
  }

  /** ABOR goes before what waits for the transfer to end: those commands are answered 503. */
  #overtake(now: Instant, isEnded: () => boolean): void {
    if (this.#parts.pending.transfer === undefined) return
    const abor = this.#held.findIndex(isAbor)
    for (let count = 0; count < abor && !isEnded(); count++) {
      const held = this.#held.shift()
      if (held?.type === 'bad') this.#start(held, now)
      else if (held !== undefined)
        this.#refuse(held.command, this.#recordCommand(held), refuse('cmd.overtaken'))
    }
  }

  #mayStart(line: HeldLine): boolean {
    const { pending, deadlines } = this.#parts
    if (!this.#isGreeted || this.#opening !== undefined || pending.isBarred) return false
    if (line.type === 'bad') return true
    const { traits } = line.command
    const isLagging = deadlines.has('data-lag')
    if (traits.isExclusive === true) return pending.sent.length === 0 && !isLagging
    return traits.transfer === undefined || (pending.transfer === undefined && !isLagging)
  }

  #start(line: HeldLine, now: Instant): void {
    const { outbox, pending, settings, inspection } = this.#parts
    if (line.type === 'bad') {
      if (inspection.resets(line.reason))
        return this.#parts.violate(line.reason, 'client', line.shape)
      this.#badCommands += 1
      outbox.verdict('reject', line.reason, { side: 'client', detail: line.shape })
      pending.addAnswered(undefined, '', localReply(line.reason, ipFamily(settings.client.address)))
      return this.#flush()
    }
    const verb = this.#recordCommand(line)
    const command = inspection.covered(line.command)
    if (command.traits.isRefused === true || this.#isDenied(command)) {
      this.#badCommands += command.traits.isRefused === true ? 1 : 0
      return this.#refuse(command, verb, refuse('cmd.denied'))
    }
    const reason = this.#parts.security.refusal(command)
    if (reason !== undefined) return this.#refuse(command, verb, refuse(reason))
    const inspected = inspection.inspect(command, verb, line)
    if (inspected.type === 'pass') this.#forward(command, verb, now)
    else if (inspected.type === 'deny')
      this.#refuse(command, verb, { ...inspected, type: 'refuse' })
    else this.#parts.violate(inspected.reason, 'client', inspected.detail ?? verb)
  }

  #forward(command: Command, verb: string, now: Instant): void {
    if (command.verb === 'AUTH') return this.#sendAuth(command, verb)
    if (command.traits.setUp !== undefined) return this.#beginSetUp(command, now)
    if (command.traits.transfer !== undefined) {
      const { setUp, login } = this.#parts
      return this.#step(command, setUp.beginTransfer(login.isLoggedIn, now), now)
    }
    this.#sendPlain(command, verb, now)
  }

  /** Behind AUTH the client must be silent until it is answered (T1). */
  #sendAuth(command: Command, verb: string): void {
    this.#parts.security.authSent(command)
    this.#parts.outbox.send('server', command.toLine())
    this.#parts.pending.addSent(command, verb)
    // AUTH itself goes out first, as it does when what is behind it comes in another segment.
    if (this.hasInput) this.#parts.violate('auth.pipelined', 'client')
  }

  #recordCommand(line: HeldCommand): string {
    const { outbox, login } = this.#parts
    const { command } = line
    const verb = shownVerb(command, login.isAwaitingSecret)
    const argument = verb === HIDDEN_VERB ? undefined : command.argumentText
    this.#commands += 1
    outbox.record({
      type: 'control.command',
      verb,
      ...(argument === undefined ? {} : { argument }),
    })
    if (line.isTelnetStripped) outbox.verdict('note', 'telnet.stripped', { side: 'client', verb })
    return verb
  }

  #isDenied(command: Command): boolean {
    const { deniedCommands: denied } = this.#parts.settings.profile
    return denied.size > 0 && (denied.has(command.verb) || denied.has(command.twoWords))
  }

  #beginSetUp(command: Command, now: Instant): void {
    const { data, setUp, login, expectation } = this.#parts
    data.forget()
    expectation.close('replaced', now)
    if (expectation.isFlood(now)) return this.#parts.violate('limit.wasted-pinholes', 'client')
    this.#step(command, setUp.begin(command, login.isLoggedIn, now), now)
  }

  #step(command: Command, step: SetUpStep, now: Instant): void {
    switch (step.type) {
      case 'refuse':
        return this.#refuse(command, command.verb, step)
      case 'held':
        this.#opening = command
        return
      case 'ask':
        this.#parts.outbox.send('server', step.bytes)
        this.#parts.pending.addSent(command, command.verb)
        return
      case 'go':
        return this.#sendTransfer(command, now)
      default:
        throw new Error(`no step of a command: ${step.type}`)
    }
  }

  #sendTransfer(command: Command, now: Instant): void {
    const direction = command.traits.transfer
    if (direction === undefined) return
    this.#parts.outbox.send('server', command.toLine())
    this.#parts.pending.addSent(command, command.verb)
    const transfer = { verb: command.verb, path: command.argumentText, direction }
    this.#parts.data.transferSent(transfer, now)
  }

  #sendPlain(command: Command, verb: string, now: Instant): void {
    const { outbox, pending, login, setUp, data } = this.#parts
    if (command.verb === 'USER' || command.verb === 'REIN') {
      if (data.forget()) setUp.connectionLost()
      setUp.aborted(now)
    }
    login.commandSent(command.verb)
    outbox.send('server', command.toLine())
    pending.addSent(command, verb)
    if (command.verb === 'QUIT') this.#quit()
  }

  /** What the client sent behind QUIT is dropped: no reply to it could come (Q23). */
  #quit(): void {
    this.#isQuitting = true
    if (this.#held.length > 0 || this.#framer.hasBytes) this.#noteRest()
    this.#held = []
    this.#parts.deadlines.clear('client-line')
  }

  #noteRest(): void {
    if (this.#isRestNoted) return
    this.#isRestNoted = true
    this.#parts.outbox.verdict('note', 'cmd.after-quit', { side: 'client' })
  }

  /** The pinhole that a held command waited for is open (`ask`) or refused. */
  continueSetUp(step: SetUpStep, now: Instant): void {
    const command = this.#opening
    if (command === undefined) return
    this.#opening = undefined
    this.#step(command, step, now)
  }

  get isOpening(): boolean {
    return this.#opening !== undefined
  }

  #refuse(command: Command, verb: string, why: Refusal): void {
    const { outbox, pending, settings, inspection } = this.#parts
    if (inspection.resets(why.reason))
      return this.#parts.violate(why.reason, 'client', why.detail ?? verb)
    outbox.verdict('reject', why.reason, {
      side: 'client',
      verb,
      argument: verb === HIDDEN_VERB ? undefined : command.argumentText,
      rule: why.rule,
      detail: why.detail,
    })
    pending.addAnswered(command, verb, localReply(why.reason, ipFamily(settings.client.address)))
    this.#flush()
    if (FOREIGN.has(why.reason)) this.#foreignAnnouncements += 1
    if (this.#foreignAnnouncements >= FOREIGN_ANNOUNCEMENTS_MAX)
      this.#parts.violate(why.reason, 'client', `${this.#foreignAnnouncements} times`)
  }

  #flush(): void {
    for (const { answer, verb } of this.#parts.pending.takeAnswered())
      if (answer !== undefined) this.#parts.outbox.reply(answer, verb === '' ? undefined : verb)
    if (this.#badCommands > BAD_COMMANDS_MAX) this.#parts.violate('cmd.budget', 'client')
  }

  /** Stops reading a client that runs ahead, and reads on when the server has caught up. */
  #regulate(): void {
    const { outbox, settings } = this.#parts
    const waiting = this.#held.length + this.#parts.pending.count
    const isWaiting = this.#isPaused
      ? waiting >= PENDING_COMMANDS_RESUME
      : waiting >= PENDING_COMMANDS_MAX
    const { commandBytes } = settings.evaluator.ruleset.limits
    const isUnread = this.#opening !== undefined && this.#framer.byteCount > commandBytes
    const wanted = isWaiting || isUnread
    if (wanted === this.#isPaused) return
    this.#isPaused = wanted
    outbox.push({ type: wanted ? 'pause' : 'resume', session: settings.id, side: 'client' })
  }
}

function isAbor(line: HeldLine): boolean {
  return line.type === 'command' && line.command.verb === 'ABOR'
}
