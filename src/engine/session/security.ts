/**
 * How a control connection is protected at the moment: follows the table of `security-state.ts`,
 * watches TLS records pass, and says which commands the state lets through.
 */
import { after, type Instant } from '../../net/instant.ts'
import { asciiUpper, type Command } from '../ftp/command.ts'
import { TlsObserver } from '../tls/observer.ts'
import { tlsPolicyViolation, type TlsPolicy } from '../tls/policy.ts'
import type { TlsFact } from '../tls/fact.ts'
import type { TlsVersionName } from '../tls/version.ts'
import type { Deadlines } from './deadlines.ts'
import type { Side } from './event.ts'
import {
  AUTH_CYCLES_MAX,
  CLEARING_BYTES_MAX,
  CLEARING_TIME,
  EARLY_TLS_BYTES_MAX,
  TOKEN_ROUNDS_MAX,
} from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Reason } from './reason.ts'
import { nextSecurityState, type SecurityInput, type SecurityState } from './security-state.ts'
import { recordEstablished, recordTlsFact } from './tls-records.ts'
import type { SessionSettings } from './settings.ts'

interface Violation {
  readonly type: 'violation'
  readonly reason: Reason
  readonly detail: string | undefined
}

/** Where a side has gone back to clear text. */
interface Turn {
  /** What follows the last record. */
  readonly bytes: Uint8Array
  readonly fact: Extract<TlsFact, { type: 'clear' }>
}

/** What became of bytes that a side sent under TLS. */
export type ObservedOutcome =
  | Violation
  | {
      readonly type: 'passed'
      /** To be sent on untouched. */
      readonly opaque: Uint8Array
      /** Whether these bytes finished the handshake. */
      readonly isEstablished: boolean
      /** To be judged by `turnClear`, once what came before it is done. */
      readonly turn: Turn | undefined
    }

/** Mechanisms by what their AUTH is answered with. */
const TOKEN_MECHANISMS: ReadonlySet<string> = new Set(['GSSAPI', 'KERBEROS_V4'])

/** Commands that a session which must be encrypted may send before it is. */
const BEFORE_AUTH: ReadonlySet<string> = new Set([
  'AUTH',
  'FEAT',
  'HOST',
  'QUIT',
  'NOOP',
  'HELP',
  'SYST',
  'LANG',
  'OPTS',
  'CLNT',
])

const PROTECTED_VERBS: ReadonlySet<string> = new Set(['MIC', 'CONF', 'ENC'])
const LOGIN_VERBS: ReadonlySet<string> = new Set(['USER', 'PASS', 'ACCT'])

export class Security {
  readonly #settings: SessionSettings
  readonly #outbox: Outbox
  readonly #deadlines: Deadlines
  #state: SecurityState
  #observer: TlsObserver | undefined
  #mechanism = ''
  #cycles = 0
  #tokenRounds = 0
  #clearingBytes = 0
  #hasProtectedReply = false
  /** Implicit TLS: what the client said before the server was connected. */
  #early: Uint8Array[] | undefined

  constructor(settings: SessionSettings, outbox: Outbox, deadlines: Deadlines) {
    this.#settings = settings
    this.#outbox = outbox
    this.#deadlines = deadlines
    const { tls } = settings.listener
    this.#state = tls === 'explicit' ? 'clear' : 'tls-after-greeting'
    if (tls === 'implicit') {
      this.#state = 'handshaking'
      this.#observer = new TlsObserver()
      this.#early = []
    }
  }

  get state(): SecurityState {
    return this.#state
  }

  /** Whether what `side` sends are TLS records. */
  isOpaque(side: Side): boolean {
    if (this.#state === 'handshaking' || this.#state === 'opaque') return true
    return this.#state === 'client-clear' && side === 'server'
  }

  /** Whether the client may say nothing: its AUTH is not answered. */
  get isAsking(): boolean {
    return this.#state === 'auth-asked' || this.#state === 'auth-asked-again'
  }

  /** Whether the client was protected before; data connections may be, whatever they carry. */
  get wasProtected(): boolean {
    return this.#state === 'clear-again' || this.#state === 'client-clear'
  }

  /** Whether lines are long because they carry tokens. */
  get hasTokens(): boolean {
    return ['tokens', 'tokens-again', 'protected'].includes(this.#state)
  }

  /** Why `command` may not be sent in this state. */
  refusal(command: Command): Reason | undefined {
    const { verb } = command
    switch (this.#state) {
      case 'clear':
        return this.#clearRefusal(command)
      case 'clear-again':
      case 'client-clear':
        return this.#clearAgainRefusal(command)
      case 'tokens':
      case 'tokens-again':
        return verb === 'ADAT' || verb === 'QUIT' ? undefined : 'gss.clear-command'
      case 'protected':
        if (PROTECTED_VERBS.has(verb)) return undefined
        return this.#hasProtectedReply ? this.#clearAgainRefusal(command) : 'gss.clear-command'
      default:
        return undefined
    }
  }

  #clearRefusal(command: Command): Reason | undefined {
    const { verb } = command
    if (verb === 'AUTH') return this.#authRefusal(command)
    if (verb === 'CCC') return 'ccc.unprotected'
    if (verb === 'ADAT' || PROTECTED_VERBS.has(verb)) return 'gss.unexpected'
    const isRequired = this.#settings.profile.encryption === 'required'
    return isRequired && !BEFORE_AUTH.has(verb) ? 'tls.required' : undefined
  }

  /** RFC 4217 §5: data stays as PROT has it, and nothing secret is said any more. */
  #clearAgainRefusal(command: Command): Reason | undefined {
    const { verb } = command
    if (verb === 'AUTH') return this.#mayAuthAgain ? this.#authRefusal(command) : 'auth.after-ccc'
    if (LOGIN_VERBS.has(verb)) return 'login.after-ccc'
    if (verb === 'PBSZ' || verb === 'PROT') return 'ccc.frozen'
    if (verb === 'CCC') return 'ccc.unprotected'
    return verb === 'ADAT' || this.#isStrayProtected(verb) ? 'gss.unexpected' : undefined
  }

  /** What MIC, CONF or ENC hold would pass unseen where everything else is read. */
  #isStrayProtected(verb: string): boolean {
    return PROTECTED_VERBS.has(verb) && this.#state !== 'protected'
  }

  /** Not while the server is under TLS still: its 234 would have to be found in there. */
  get #mayAuthAgain(): boolean {
    const isAllowed = this.#settings.profile.authAfterCcc === 'allowed'
    return isAllowed && this.#state === 'clear-again' && this.#cycles < AUTH_CYCLES_MAX
  }

  #authRefusal(command: Command): Reason | undefined {
    const { encryption, mechanisms } = this.#settings.profile
    if (encryption === 'forbidden') return 'auth.forbidden'
    const mechanism = mechanismOf(command)
    if (!/^[A-Z0-9_-]+$/.test(mechanism)) return 'cmd.argument'
    return mechanisms.has(mechanism) ? undefined : 'auth.mechanism'
  }

  authSent(command: Command): void {
    this.#mechanism = mechanismOf(command)
    this.#go('auth-sent')
  }

  /** The final reply to AUTH or ADAT, or 335. A reason when it is none that they may get. */
  replied(verb: string, code: number, now: Instant): Reason | undefined {
    return verb === 'AUTH' ? this.#authReplied(code, now) : this.#tokenReplied(code)
  }

  #authReplied(code: number, now: Instant): Reason | undefined {
    if (code >= 400 && code < 600) return this.#go('auth-refused')
    const hasTokens = TOKEN_MECHANISMS.has(this.#mechanism)
    if (code !== (hasTokens ? 334 : 234)) return 'reply.mismatch'
    this.#cycles += 1
    this.#hasProtectedReply = false
    if (hasTokens) {
      this.#tokenRounds = 0
      return this.#go('tokens-agreed')
    }
    this.#startTls(now)
    return this.#go('tls-agreed')
  }

  #tokenReplied(code: number): Reason | undefined {
    this.#tokenRounds += 1
    if (this.#tokenRounds > TOKEN_ROUNDS_MAX) return 'gss.rounds'
    if (code === 335) return undefined
    if (code === 235) {
      this.#outbox.record({ type: 'channel.opaque', mechanism: this.#mechanism })
      return this.#go('tokens-done')
    }
    return code >= 400 && code < 600 ? this.#go('tokens-refused') : 'reply.mismatch'
  }

  /**
   * Whether `code` may come without a command that waits for it: what a protected reply holds cannot
   * be seen, so that of a 150 and its 226 the second is one reply too many.
   */
  mayReplyUnasked(code: number): boolean {
    return this.#hasProtectedReply && this.mayBeProtected(code)
  }

  /** RFC 2228 §5: 63z carry replies under protection, and mean nothing elsewhere. */
  mayBeProtected(code: number): boolean {
    return code >= 631 && code <= 633 && this.#state === 'protected'
  }

  /** Whether a reply with `code` can be the one to `verb`: only a protected command gets 63z. */
  mayAnswer(verb: string, code: number): boolean {
    return PROTECTED_VERBS.has(verb) || !this.mayBeProtected(code)
  }

  /** A final reply under GSSAPI to any other command: 63z, or clear. */
  protectedReplied(verb: string, code: number): void {
    if (this.#state !== 'protected') return
    if (code >= 630 && code < 640) this.#hasProtectedReply = true
    // A refusal in clear (533 …) is what a protected server answers a clear command with.
    else if (!PROTECTED_VERBS.has(verb) && code < 500) {
      this.#recordClear('reply', undefined)
      this.#go('clear-answered')
    }
  }

  /** The greeting was sent on: where TLS follows it without AUTH, it starts now. */
  greeted(now: Instant): void {
    if (this.#state !== 'tls-after-greeting') return
    this.#startTls(now)
    this.#go('greeted')
  }

  /** Implicit TLS: the server leg stands. */
  connected(now: Instant): void {
    const early = Buffer.concat(this.#early ?? [])
    this.#early = undefined
    if (early.length > 0) this.#outbox.send('server', early)
    if (this.#state === 'handshaking') this.#setHandshakeDeadline(now)
  }

  #startTls(now: Instant): void {
    this.#observer = new TlsObserver()
    this.#clearingBytes = 0
    this.#setHandshakeDeadline(now)
  }

  #setHandshakeDeadline(now: Instant): void {
    const { timeouts } = this.#settings.evaluator.ruleset
    this.#deadlines.set('handshake', after(now, timeouts.login))
  }

  /** Why a server that speaks before the client's hello is wrong. */
  get tooEarly(): Reason {
    return this.#mechanism === '' ? 'tls.expected' : 'auth.reply-pipelined'
  }

  /** Takes bytes of a side that `isOpaque`. */
  observe(side: Side, bytes: Uint8Array): ObservedOutcome {
    const observer = this.#observer
    if (observer === undefined) throw new Error('no TLS connection to observe')
    const isTooEarly = side === 'server' && observer.progress === 'none'
    if (isTooEarly) return violation(this.tooEarly)
    const { opaque, facts, clearFrom, violation: wrong } = observer.take(side, bytes)
    for (const fact of facts) {
      recordTlsFact(fact, this.#outbox)
      const broken = tlsPolicyViolation(fact, this.#policy)
      if (broken !== undefined) return violation(broken.reason, broken.detail)
      if (fact.type === 'clear' && fact.after === 'failed')
        return violation('tls.fallback', 'clear text after a failed handshake')
    }
    if (wrong !== undefined) return violation(wrong.reason, wrong.detail)
    const cleared = facts.find((fact) => fact.type === 'clear')
    const turn =
      clearFrom === undefined || cleared === undefined
        ? undefined
        : { bytes: bytes.subarray(clearFrom), fact: cleared }
    return this.#pass(side, opaque, turn, facts)
  }

  #pass(
    side: Side,
    opaque: Uint8Array,
    turn: Turn | undefined,
    facts: readonly TlsFact[],
  ): ObservedOutcome {
    const established = facts.find((fact) => fact.type === 'established')
    if (established !== undefined) {
      this.#deadlines.clear('handshake')
      this.#go('established')
      const mechanism = this.#mechanism === '' ? 'implicit TLS' : this.#mechanism
      recordEstablished(established, mechanism, this.#outbox)
    }
    if (this.#state === 'client-clear' && side === 'server') {
      this.#clearingBytes += opaque.length
      if (this.#clearingBytes > CLEARING_BYTES_MAX)
        return violation('ccc.asymmetric', 'the server goes on with TLS')
    }
    return this.#early === undefined
      ? { type: 'passed', opaque, isEstablished: established !== undefined, turn }
      : this.#holdEarly(this.#early, opaque)
  }

  /** No handshake ends without the server, so nothing but its bytes came of these. */
  #holdEarly(early: Uint8Array[], opaque: Uint8Array): ObservedOutcome {
    early.push(opaque)
    const length = early.reduce((sum, part) => sum + part.length, 0)
    if (length > EARLY_TLS_BYTES_MAX)
      return violation('tls.limit', 'the server is not connected yet')
    return { type: 'passed', opaque: new Uint8Array(0), isEstablished: false, turn: undefined }
  }

  /** A side has gone back to clear text; the answer says why it may not. */
  turnClear(side: Side, { fact }: Turn, now: Instant): Violation | undefined {
    const { clearCommandChannel } = this.#settings.profile
    if (clearCommandChannel === 'forbidden') return violation('ccc.forbidden', `${side} first`)
    if (side === 'server' && this.#state !== 'client-clear')
      return violation('ccc.asymmetric', 'the server went clear first')
    // CCC and its 200 are one record each at least; without them nobody asked to go back.
    const { client, server } = fact.applicationRecords
    if (client < 1 || server < 1) return violation('ccc.unasked', 'clear text before any command')
    this.#go(side === 'client' ? 'client-clear' : 'server-clear')
    this.#recordClear(side, fact.hasCloseNotify)
    if (side === 'client') this.#deadlines.set('clearing', after(now, CLEARING_TIME))
    else this.#deadlines.clear('clearing')
    return undefined
  }

  get #policy(): TlsPolicy {
    const { minVersion, ciphersDeny, nullCiphers, alpn, serverNames } = this.#settings.profile.tls
    return {
      minVersion: minVersion.replace('TLS', 'TLS ') as TlsVersionName,
      ciphersDeny: nullCiphers === 'denied' ? [...ciphersDeny, 'NULL'] : [...ciphersDeny],
      alpn,
      serverNames: serverNames ?? [],
    }
  }

  #recordClear(side: Side | 'reply', hasCloseNotify: boolean | undefined): void {
    this.#outbox.record({
      type: 'channel.clear',
      side: side === 'reply' ? 'server' : side,
      ...(hasCloseNotify === undefined ? {} : { closeNotify: hasCloseNotify }),
    })
  }

  #go(input: SecurityInput): undefined {
    const next = nextSecurityState(this.#state, input)
    if (next === undefined) throw new Error(`no transition: ${this.#state} ${input}`)
    this.#state = next
    return undefined
  }
}

function violation(reason: Reason, detail?: string): Violation {
  return { type: 'violation', reason, detail }
}

/** The argument of AUTH, in upper case: mechanism names are case-insensitive (RFC 2228 §3). */
function mechanismOf(command: Command): string {
  return asciiUpper(Buffer.from(command.argument ?? []).toString('latin1'))
}
