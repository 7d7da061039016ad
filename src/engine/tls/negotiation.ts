/**
 * What both sides of a handshake have agreed on so far, and so what may come next. It follows the
 * order of messages as far as it decides how bytes are to be read (RFC 8446 §2 and §4.1, RFC 5246
 * §7.3): who may say hello, when records become unreadable, when the handshake is over. Whether
 * the cryptography is right cannot be seen from here.
 *
 *     TLS 1.2   client: hello … ChangeCipherSpec, Finished      server: the same
 *     TLS 1.3   client: hello, [hello again], application data  server: [retry], hello, application data
 */
import { Buffer } from 'node:buffer'
import type { ClientHello } from './client-hello.ts'
import type { TlsFact, TlsProgress, TlsSide } from './fact.ts'
import { HANDSHAKE_TYPE } from './handshake.ts'
import type { ServerHello } from './server-hello.ts'
import { TLS_1_3 } from './version.ts'

export class Negotiation {
  #clientHello: ClientHello | undefined
  /** The last one: a HelloRetryRequest until the real one comes. */
  #serverHello: ServerHello | undefined
  /** The client must say hello again. */
  #isRetrying = false
  #hasFailed = false
  readonly #finished = { client: false, server: false }
  readonly #applicationRecords = { client: 0, server: 0 }
  #facts: TlsFact[] = []

  get progress(): TlsProgress {
    if (this.#hasFailed) return 'failed'
    if (this.#finished.client && this.#finished.server) return 'established'
    if (this.#chosen !== undefined) return 'server-hello'
    return this.#clientHello === undefined ? 'none' : 'client-hello'
  }

  /** The server has decided for TLS 1.3, if only by asking for another hello. */
  get isTls13(): boolean {
    return this.#serverHello?.version === TLS_1_3
  }

  get applicationRecords(): { readonly client: number; readonly server: number } {
    return { ...this.#applicationRecords }
  }

  note(fact: TlsFact): void {
    this.#facts.push(fact)
  }

  /** The facts noted since the last call. */
  takeFacts(): readonly TlsFact[] {
    const facts = this.#facts
    this.#facts = []
    return facts
  }

  /** Whether a handshake message in clear is in its place. */
  expects(side: TlsSide, messageType: number): boolean {
    switch (messageType) {
      case HANDSHAKE_TYPE.clientHello:
        return side === 'client' && (this.#clientHello === undefined || this.#isRetrying)
      case HANDSHAKE_TYPE.serverHello:
        return side === 'server' && this.#awaitsServerHello
      default:
        return this.#chosen !== undefined && !this.isTls13
    }
  }

  clientHello(hello: ClientHello): void {
    this.#clientHello = hello
    this.#isRetrying = false
    this.note({ type: 'clientHello', side: 'client', hello })
  }

  /** Whether the hello may follow what came before it. */
  serverHello(hello: ServerHello): boolean {
    const isAfterRetry = this.#serverHello?.isHelloRetryRequest === true
    if (isAfterRetry && (hello.isHelloRetryRequest || hello.version !== TLS_1_3)) return false
    this.#serverHello = hello
    this.#isRetrying = hello.isHelloRetryRequest
    this.note({ type: 'serverHello', side: 'server', hello })
    return true
  }

  /**
   * What a ChangeCipherSpec in clear means: what follows is encrypted, or nothing at all, because
   * TLS 1.3 sends it for the sake of middleboxes (RFC 8446 §D.4), the client perhaps before anybody
   * knows that it will be TLS 1.3.
   */
  changeCipherSpec(side: TlsSide): 'protects' | 'means nothing' | 'unexpected' {
    if (this.isTls13) return 'means nothing'
    if (this.#chosen !== undefined) return 'protects'
    const offers13 = this.#clientHello?.versions.includes(TLS_1_3) === true
    return side === 'client' && offers13 ? 'means nothing' : 'unexpected'
  }

  /** What application data from a side that has not changed its cipher means. */
  applicationData(side: TlsSide): 'protects' | 'early' | 'unexpected' {
    if (this.#chosen !== undefined) return this.isTls13 ? 'protects' : 'unexpected'
    return side === 'client' && this.#clientHello?.hasEarlyData === true ? 'early' : 'unexpected'
  }

  /** Whether the server may say anything yet. */
  get hasClientHello(): boolean {
    return this.#clientHello !== undefined
  }

  hasFinished(side: TlsSide): boolean {
    return this.#finished[side]
  }

  /** A side has sent its Finished. */
  finish(side: TlsSide): void {
    this.#finished[side] = true
    const hello = this.#chosen
    if (hello === undefined || this.progress !== 'established') return
    const { version, cipherSuite } = hello
    this.note({ type: 'established', version, cipherSuite, isResumed: this.#isResumed(hello) })
  }

  countApplicationRecord(side: TlsSide): void {
    this.#applicationRecords[side] += 1
  }

  /** An alert that no handshake survives. One that is over does not mind. */
  fail(): void {
    if (this.progress !== 'established') this.#hasFailed = true
  }

  get #chosen(): ServerHello | undefined {
    return this.#serverHello?.isHelloRetryRequest === false ? this.#serverHello : undefined
  }

  get #awaitsServerHello(): boolean {
    return this.#clientHello !== undefined && this.#chosen === undefined && !this.#isRetrying
  }

  /** Up to TLS 1.2 the server repeats the session id that it resumes (RFC 5246 §7.3, RFC 5077 §3.4). */
  #isResumed(hello: ServerHello): boolean {
    if (hello.version === TLS_1_3) return hello.hasPreSharedKey
    const offered = this.#clientHello?.sessionId ?? new Uint8Array(0)
    return hello.sessionId.length > 0 && Buffer.compare(hello.sessionId, offered) === 0
  }
}
