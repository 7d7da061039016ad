/**
 * Pairs replies with commands: the n-th reply answers the n-th command (RFC 959 §5.4), with the
 * exceptions that a running transfer brings. Answers of the proxy itself stand in the same line, so
 * the client gets every reply in the order of its commands.
 */
import type { Command } from '../ftp/command.ts'
import type { LocalReply } from './local-reply.ts'

interface Pending {
  /** How records name it; a verb that may be a mistyped password is not shown. */
  readonly verb: string
  /** A 1yz reply came: the final one is still to come (RFC 959 §4.2.1). */
  isPreliminarySeen: boolean
  /** An ABOR that the server may have answered together with the transfer it ended. */
  isOptional: boolean
}

export interface SentCommand extends Pending {
  readonly command: Command
  readonly answer: undefined
}

interface AnsweredCommand extends Pending {
  /** `undefined` for a line that is no command. */
  readonly command: Command | undefined
  /** The proxy's own answer, waiting for its turn. */
  readonly answer: LocalReply
}

export type PendingCommand = SentCommand | AnsweredCommand

export class PendingCommands {
  #entries: PendingCommand[] = []

  /** A command that was sent to the server. */
  addSent(command: Command, verb: string): SentCommand {
    const entry = { command, verb, answer: undefined, isPreliminarySeen: false, isOptional: false }
    this.#entries.push(entry)
    return entry
  }

  /** A command that the proxy answers itself. */
  addAnswered(command: Command | undefined, verb: string, answer: LocalReply): void {
    this.#entries.push({ command, verb, answer, isPreliminarySeen: false, isOptional: false })
  }

  get count(): number {
    return this.#entries.length
  }

  /** Commands that the server still has to answer. */
  get sent(): readonly SentCommand[] {
    return this.#entries.filter((entry) => entry.answer === undefined)
  }

  /** The transfer that the server has not finished. */
  get transfer(): SentCommand | undefined {
    return this.sent.find(({ command }) => command.traits.transfer !== undefined)
  }

  /** Whether a command that is sent alone waits for its reply. */
  get isBarred(): boolean {
    return this.sent.some(({ command }) => command.traits.isExclusive === true)
  }

  /** Whether the client has had no reply at all to a command that it waits for. */
  get isAwaited(): boolean {
    return this.#entries.some((entry) => !entry.isPreliminarySeen && !entry.isOptional)
  }

  /** Whether a command that sets up a data connection waits for its reply. */
  get isSettingUp(): boolean {
    return this.sent.some(({ command }) => command.traits.setUp !== undefined)
  }

  /** The command that a reply with `code` answers; `undefined` when none waits. */
  match(code: number): SentCommand | undefined {
    const [head, ...later] = this.sent
    if (head === undefined) return undefined
    if (head.isOptional && !ABOR_CODES.has(code))
      return later.find((entry) => !entry.isOptional) ?? head
    const isRunning = head.command.traits.transfer !== undefined && head.isPreliminarySeen
    if (!isRunning) return head
    return later.find((entry) => answersDuringTransfer(entry.verb, code)) ?? head
  }

  remove(entry: PendingCommand): void {
    this.#entries = this.#entries.filter((other) => other !== entry)
  }

  /** Takes out the proxy's own answers whose turn has come. */
  takeAnswered(): readonly PendingCommand[] {
    const firstSent = this.#entries.findIndex((entry) => entry.answer === undefined)
    return this.#entries.splice(0, firstSent === -1 ? this.#entries.length : firstSent)
  }
}

/** What ABOR may be answered (RFC 959 §5.4), 421 aside. */
const ABOR_CODES: ReadonlySet<number> = new Set([225, 226, 500, 501, 502])

/** Replies that do not wait for the end of a transfer (RFC 959 §4.1.3: STAT, ABOR, QUIT). */
function answersDuringTransfer(verb: string, code: number): boolean {
  if (verb === 'STAT') return code >= 211 && code <= 213
  return (verb === 'NOOP' && code === 200) || (verb === 'QUIT' && code === 221)
}
