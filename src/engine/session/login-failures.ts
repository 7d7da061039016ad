/**
 * Guessing of passwords (RFC 2577 §5): failed logins are counted for a session and for its client,
 * never for a user name, or anybody could lock anybody out.
 */
import { after, type Duration, type Instant } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import { FAILING_CLIENTS_MAX } from './limits.ts'
import type { SessionSettings } from './settings.ts'

/** Failed logins of all clients, each counted anew when its time is over. */
export class LoginFailures {
  /** Those that failed last stand last. */
  readonly #clients = new Map<Ip, { count: number; readonly until: Instant }>()

  /** How many there are of `client`. */
  of(client: Ip, now: Instant): number {
    const counted = this.#clients.get(client)
    return counted === undefined || now >= counted.until ? 0 : counted.count
  }

  /** One more; it counts for `time` from the first. Answers how many there are. */
  add(client: Ip, time: Duration, now: Instant): number {
    const counted = this.#clients.get(client)
    const isOver = counted === undefined || now >= counted.until
    const entry = isOver ? { count: 0, until: after(now, time) } : counted
    entry.count += 1
    this.#clients.delete(client)
    this.#clients.set(client, entry)
    const [oldest] = this.#clients.keys()
    if (this.#clients.size > FAILING_CLIENTS_MAX && oldest !== undefined)
      this.#clients.delete(oldest)
    return entry.count
  }

  /** For tests that memory is bounded. */
  get size(): number {
    return this.#clients.size
  }
}

/** Commands that a login consists of, and the replies by which it fails (RFC 959 §5.4). */
const LOGIN_VERBS: ReadonlySet<string> = new Set(['USER', 'PASS', 'ACCT'])
const FAILED: ReadonlySet<number> = new Set([430, 530])

/** Watches the logins of one session. */
export class LoginGuard {
  readonly #settings: SessionSettings
  readonly #table: LoginFailures
  #count = 0

  constructor(settings: SessionSettings, table: LoginFailures) {
    this.#settings = settings
    this.#table = table
  }

  /** A final reply of the server came. Answers what is too much, for the record of the end. */
  replied(verb: string, code: number, now: Instant): string | undefined {
    if (!LOGIN_VERBS.has(verb) || !FAILED.has(code)) return undefined
    const { client, evaluator } = this.#settings
    const { limits, timeouts } = evaluator.ruleset
    this.#count += 1
    const ofClient = this.#table.add(client.address, timeouts.loginFailures, now)
    if (this.#count >= limits.loginFailures) return `${this.#count} in this session`
    return ofClient >= limits.loginFailuresPerClient ? `${ofClient} of this client` : undefined
  }
}
