/**
 * What a session does as its protection changes: bytes that are not lines are passed on, and with
 * every turn into or out of protection goes what the session believes of login and transfers, how
 * long lines may be, and whether the static range is open. `security.ts` says what the turn is.
 */
import type { Instant } from '../../net/instant.ts'
import type { CommandFlow } from './command-flow.ts'
import type { Side } from './event.ts'
import { TOKEN_LINE_BYTES_MAX } from './limits.ts'
import type { SessionParts } from './parts.ts'
import type { ReplyFlow } from './reply-flow.ts'
import type { StaticRange } from './static-range.ts'

export class Protection {
  readonly #parts: SessionParts
  readonly #commands: CommandFlow
  readonly #replies: ReplyFlow
  readonly #range: StaticRange

  constructor(parts: SessionParts, commands: CommandFlow, replies: ReplyFlow, range: StaticRange) {
    this.#parts = parts
    this.#commands = commands
    this.#replies = replies
    this.#range = range
  }

  /** TLS records are passed on unopened; what follows the last of them is answered, clear again. */
  opaqueBytes(side: Side, bytes: Uint8Array, now: Instant): Uint8Array | undefined {
    const outcome = this.#parts.security.observe(side, bytes)
    if (outcome.type === 'violation') {
      this.#parts.violate(outcome.reason, side, outcome.detail)
      return undefined
    }
    const other: Side = side === 'client' ? 'server' : 'client'
    if (outcome.opaque.length > 0) this.#parts.outbox.send(other, outcome.opaque)
    if (outcome.isEstablished) this.#range.open()
    const { turn } = outcome
    if (turn === undefined) return undefined
    const wrong = this.#parts.security.turnClear(side, turn, now)
    if (wrong !== undefined) {
      this.#parts.violate(wrong.reason, side, wrong.detail)
      return undefined
    }
    if (side === 'client') this.#becameClear()
    else this.#range.close()
    return turn.bytes
  }

  /** The client is clear: its next line is a command, as after a login that nobody saw. */
  #becameClear(): void {
    if (this.#parts.settings.profile.loginAfterCcc === 'kept') this.#parts.login.kept()
    this.#commands.greeted()
    this.#replies.greeted()
  }

  /** The first z/OS model: behind a clear greeting nothing but TLS may come. */
  greeted(now: Instant): void {
    const { security, deadlines } = this.#parts
    security.greeted(now)
    if (!security.isOpaque('client')) return
    deadlines.clear('login')
    if (this.#commands.hasInput) this.#parts.violate('tls.expected', 'client')
    else if (this.#replies.hasInput) this.#parts.violate(security.tooEarly, 'server')
  }

  /** A reply went on: under GSSAPI it may have been the one that shows that the session is clear. */
  replied(): void {
    if (this.#parts.security.state !== 'clear-again') return
    this.#range.close()
    this.#limitLines()
  }

  /** AUTH or ADAT was answered. */
  answered(now: Instant): void {
    const { security } = this.#parts
    this.#limitLines()
    if (security.state === 'clear' || security.state === 'clear-again') return
    this.#startAnew(now)
    if (security.state === 'protected') {
      this.#range.open()
      if (this.#parts.settings.profile.loginAfterCcc === 'kept') this.#parts.login.kept()
    }
    if (security.isOpaque('server') && this.#replies.hasInput)
      this.#parts.violate(security.tooEarly, 'server')
  }

  #limitLines(): void {
    const { security, settings } = this.#parts
    const { commandBytes, replyBytes } = settings.evaluator.ruleset.limits
    this.#commands.limitLines(security.hasTokens ? TOKEN_LINE_BYTES_MAX : commandBytes)
    this.#replies.limitLines(security.hasTokens ? TOKEN_LINE_BYTES_MAX : replyBytes)
  }

  /** RFC 4217 §4, RFC 2228 §3: user, login and transfer parameters are forgotten. */
  #startAnew(now: Instant): void {
    const { login, setUp, data, deadlines } = this.#parts
    login.forgotten()
    data.forget()
    setUp.aborted(now)
    setUp.reinitialised()
    deadlines.clear('login')
  }
}
