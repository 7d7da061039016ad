/** Who is logged in, as far as the control connection shows (RFC 959 §5.4). */

export class Login {
  #isLoggedIn = false
  #isAwaitingSecret = false

  get isLoggedIn(): boolean {
    return this.#isLoggedIn
  }

  /** The server asked for a password or account: the next line may be one, mistyped. */
  get isAwaitingSecret(): boolean {
    return this.#isAwaitingSecret
  }

  /** The control connection is clear again, and whoever logged in under TLS still is. */
  kept(): void {
    this.#isLoggedIn = true
  }

  /** AUTH starts anew (RFC 4217 §4): nobody is logged in. */
  forgotten(): void {
    this.#isLoggedIn = false
    this.#isAwaitingSecret = false
  }

  /** A command was sent: USER flushes the login, whatever comes of it (RFC 959 §4.1.1). */
  commandSent(verb: string): void {
    if (verb === 'USER') this.#isLoggedIn = false
  }

  /** A final reply came to `verb`. Only these verbs, and only 230 or 232, log anyone in. */
  replied(verb: string, code: number): void {
    if (verb === 'USER' || verb === 'PASS' || verb === 'ACCT') {
      this.#isAwaitingSecret = code === 331 || code === 332
      if (code === 230 || code === 232) this.#isLoggedIn = true
    }
    if (verb === 'REIN' && code < 400) {
      this.#isLoggedIn = false
      this.#isAwaitingSecret = false
    }
  }
}
