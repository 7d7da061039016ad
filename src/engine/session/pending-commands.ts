/**
 * Pairs replies with commands: the n-th reply answers the n-th command (RFC 959 §5.4), with the
 * exceptions that a running transfer brings. Answers of the proxy itself stand in the same line, so
 * the client gets every reply in the order of its commands.
 */
import type { Command } from '../ftp/command.ts'
import type { LocalReply } from './local-reply.ts'

export interface PendingCommand {
  /** `undefined` for a line that is no command, which the proxy answers itself. */
  readonly command: Command | undefined
  /** How records name it; a verb that may be a mistyped password is not shown. */
  readonly verb: string
  /** The proxy's own answer, waiting for its turn. */
  readonly answer: LocalReply | undefined
  /** A 1yz reply came: the final one is still to come (RFC 959 §4.2.1). */
  isPreliminarySeen: boolean
  /** An ABOR that the server may have answered together with the transfer it ended. */
  isOptional: boolean
}

export class PendingCommands {
  #entries: PendingCommand[] = []

  /** A command that was sent to the server. */
  addSent(command: Command, verb: string): PendingCommand {
    return this.#add({
      command,
      verb,
      answer: undefined,
      isPreliminarySeen: false,
      isOptional: false,
    })
  }

  /** A command that the proxy answers itself. */
  addAnswered(command: Command | undefined, verb: string, answer: LocalReply): PendingCommand {
    return this.#add({ command, verb, answer, isPreliminarySeen: false, isOptional: false })
  }

  get count(): number {
    return this.#entries.length
  }

  /** Commands that the server still has to answer. */
  get sent(): readonly PendingCommand[] {
    return this.#entries.filter((entry) => entry.answer === undefined)
  }

  /** The transfer that the server has not finished. */
  get transfer(): PendingCommand | undefined {
    return this.#entries.find(
      (entry) => entry.answer === undefined && entry.command?.traits.transfer !== undefined,
    )
  }

  /** Whether a command that is sent alone waits for its reply. */
  get isBarred(): boolean {
    return this.#entries.some(
      (entry) => entry.answer === undefined && entry.command?.traits.isExclusive === true,
    )
  }

  /** Whether the client has had no reply at all to a command that it waits for. */
  get isAwaited(): boolean {
    return this.#entries.some((entry) => !entry.isPreliminarySeen && !entry.isOptional)
  }

  /** Whether a command that sets up a data connection waits for its reply. */
  get isSettingUp(): boolean {
    return this.sent.some((entry) => entry.command?.traits.setUp !== undefined)
  }

  /** The command that a reply with `code` answers; `undefined` when none waits. */
  match(code: number): PendingCommand | undefined {
    const [head, ...later] = this.sent
    if (head === undefined) return undefined
    if (head.isOptional && !ABOR_CODES.has(code))
      return later.find((entry) => !entry.isOptional) ?? head
    const isRunning = head.command?.traits.transfer !== undefined && head.isPreliminarySeen
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

  #add(entry: PendingCommand): PendingCommand {
    this.#entries.push(entry)
    return entry
  }
}

/** What ABOR may be answered (RFC 959 §5.4), 421 aside. */
const ABOR_CODES: ReadonlySet<number> = new Set([225, 226, 500, 501, 502])

/** Replies that do not wait for the end of a transfer (RFC 959 §4.1.3: STAT, ABOR, QUIT). */
function answersDuringTransfer(verb: string, code: number): boolean {
  if (verb === 'STAT') return code >= 211 && code <= 213
  return (verb === 'NOOP' && code === 200) || (verb === 'QUIT' && code === 221)
}
