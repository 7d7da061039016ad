/**
 * One direction of a TLS connection: reads what is in clear of its records, and tells from the rest
 * how far the handshake has come. Once a side has changed its cipher the bodies of its records are
 * not looked at any more, so a renegotiation or a key update is just another record.
 */
import { decodeCertificate, decodeCertificateChain } from './certificate.ts'
import { ALERT_BYTES, decodeAlert } from './alert.ts'
import { decodeClientHello } from './client-hello.ts'
import { type TlsProblem, tlsProblem, type TlsSide } from './fact.ts'
import { HANDSHAKE_TYPE, HandshakeAssembler, type HandshakeMessage } from './handshake.ts'
import type { TlsLimits } from './limits.ts'
import type { Negotiation } from './negotiation.ts'
import {
  BODY_BYTES_MAX,
  BODY_BYTES_MAX_1_3,
  CONTENT_TYPE,
  type RecordHeader,
  type RecordReader,
} from './record.ts'
import { decodeServerHello } from './server-hello.ts'

/**
 * The shortest record that can hold a Finished of TLS 1.3: 4 bytes of header, 32 of hash, the
 * hidden type, a tag of 8. An encrypted alert has 19 and must not pass for one: a side that gives
 * up and talks on in clear has not finished a handshake.
 */
const FINISHED_BYTES_MIN = 45
/** Level, description, hidden type, and a tag of 16 or (CCM_8) 8. */
const HIDDEN_ALERT_BYTES: ReadonlySet<number> = new Set([19, 11])
const CHANGE_CIPHER_SPEC = 1
const EMPTY = new Uint8Array(0)

export class Direction implements RecordReader {
  readonly #side: TlsSide
  readonly #negotiation: Negotiation
  readonly #limits: TlsLimits
  readonly #messages: HandshakeAssembler
  #record: RecordHeader = { contentType: CONTENT_TYPE.handshake, length: 0 }
  /** The bodies of records are encrypted. */
  #isProtected = false
  #alerts = 0
  /** First bytes of a clear alert that is cut. */
  #alert: Uint8Array = EMPTY
  #hasCertificate = false

  constructor(side: TlsSide, negotiation: Negotiation, limits: TlsLimits) {
    this.#side = side
    this.#negotiation = negotiation
    this.#limits = limits
    this.#messages = new HandshakeAssembler(limits.messageBytesMax)
  }

  get bodyBytesMax(): number {
    return this.#negotiation.isTls13 ? BODY_BYTES_MAX_1_3 : BODY_BYTES_MAX
  }

  get bufferedBytes(): number {
    return this.#messages.bufferedBytes + this.#alert.length
  }

  /** Whether the last record looks like close_notify, as far as that can be seen. */
  get endedWithCloseNotify(): boolean {
    const { contentType, length } = this.#record
    return this.#negotiation.isTls13
      ? contentType === CONTENT_TYPE.applicationData && HIDDEN_ALERT_BYTES.has(length)
      : contentType === CONTENT_TYPE.alert
  }

  startRecord(header: RecordHeader): TlsProblem | undefined {
    this.#record = header
    if (this.#isProtected) return undefined
    if (this.#side === 'server' && !this.#negotiation.hasClientHello)
      return tlsProblem('tls.handshake', 'server first')
    switch (header.contentType) {
      case CONTENT_TYPE.handshake:
        return undefined
      case CONTENT_TYPE.alert:
        return header.length === ALERT_BYTES ? undefined : tlsProblem('tls.handshake', 'alert')
      case CONTENT_TYPE.changeCipherSpec:
        return this.#startChangeCipherSpec(header)
      case CONTENT_TYPE.applicationData:
        return this.#startApplicationData()
    }
  }

  readBody(part: Uint8Array, isLast: boolean): TlsProblem | undefined {
    if (this.#isProtected) {
      if (isLast) this.#endProtectedRecord()
      return undefined
    }
    switch (this.#record.contentType) {
      case CONTENT_TYPE.handshake:
        return this.#readMessages(part)
      case CONTENT_TYPE.alert:
        return this.#readAlert(part)
      case CONTENT_TYPE.changeCipherSpec:
        return this.#readChangeCipherSpec(part)
      case CONTENT_TYPE.applicationData:
        return undefined
    }
  }

  /** A message that is not whole cannot go on under another key (RFC 8446 §5.1). */
  #startChangeCipherSpec(header: RecordHeader): TlsProblem | undefined {
    const isExpected =
      header.length === 1 &&
      !this.#messages.isOpen &&
      this.#negotiation.changeCipherSpec(this.#side) !== 'unexpected'
    return isExpected ? undefined : tlsProblem('tls.handshake', 'change of cipher')
  }

  #startApplicationData(): TlsProblem | undefined {
    const meaning = this.#negotiation.applicationData(this.#side)
    if (meaning === 'unexpected' || this.#messages.isOpen)
      return tlsProblem('tls.handshake', 'application data')
    this.#isProtected = meaning === 'protects'
    return undefined
  }

  #readChangeCipherSpec(body: Uint8Array): TlsProblem | undefined {
    if (body[0] !== CHANGE_CIPHER_SPEC) return tlsProblem('tls.handshake', 'change of cipher')
    this.#isProtected = this.#negotiation.changeCipherSpec(this.#side) === 'protects'
    return undefined
  }

  #endProtectedRecord(): void {
    const { contentType, length } = this.#record
    const isData = contentType === CONTENT_TYPE.applicationData
    if (this.#negotiation.hasFinished(this.#side)) {
      if (isData) this.#negotiation.countApplicationRecord(this.#side)
      return
    }
    const isFinished = this.#negotiation.isTls13
      ? isData && length >= FINISHED_BYTES_MIN
      : contentType === CONTENT_TYPE.handshake
    if (isFinished) this.#negotiation.finish(this.#side)
  }

  #readAlert(part: Uint8Array): TlsProblem | undefined {
    const body = Uint8Array.of(...this.#alert, ...part)
    this.#alert = body.length < ALERT_BYTES ? body : EMPTY
    if (body.length < ALERT_BYTES) return undefined
    const alert = decodeAlert(body)
    this.#alerts += 1
    if (alert.type === 'malformed' || this.#alerts > this.#limits.clearAlertsMax)
      return tlsProblem('tls.handshake', 'alert')
    if (alert.value.endsHandshake) this.#negotiation.fail()
    this.#negotiation.note({ type: 'alert', side: this.#side, alert: alert.value })
    return undefined
  }

  #readMessages(part: Uint8Array): TlsProblem | undefined {
    const { messages, isTooLong } = this.#messages.take(part)
    for (const message of messages) {
      const problem = this.#readMessage(message)
      if (problem !== undefined) return problem
    }
    return isTooLong ? tlsProblem('tls.limit', 'message') : undefined
  }

  #readMessage({ type, body = EMPTY }: HandshakeMessage): TlsProblem | undefined {
    if (!this.#negotiation.expects(this.#side, type))
      return tlsProblem('tls.handshake', 'order of messages')
    switch (type) {
      case HANDSHAKE_TYPE.clientHello:
        return this.#readClientHello(body)
      case HANDSHAKE_TYPE.serverHello:
        return this.#readServerHello(body)
      case HANDSHAKE_TYPE.certificate:
        return this.#readCertificate(body)
    }
    return undefined
  }

  #readClientHello(body: Uint8Array): TlsProblem | undefined {
    const hello = decodeClientHello(body)
    if (hello.type === 'malformed')
      return tlsProblem('tls.handshake', `client hello: ${hello.problem}`)
    this.#negotiation.clientHello(hello.value)
    return undefined
  }

  #readServerHello(body: Uint8Array): TlsProblem | undefined {
    const hello = decodeServerHello(body)
    if (hello.type === 'malformed')
      return tlsProblem('tls.handshake', `server hello: ${hello.problem}`)
    return this.#negotiation.serverHello(hello.value)
      ? undefined
      : tlsProblem('tls.handshake', 'order of messages')
  }

  /** What is wrong with a certificate is the other peer's concern; here it is a fact. */
  #readCertificate(body: Uint8Array): TlsProblem | undefined {
    if (this.#hasCertificate) return tlsProblem('tls.handshake', 'order of messages')
    this.#hasCertificate = true
    const chain = decodeCertificateChain(body)
    const side = this.#side
    if (chain.type === 'malformed') {
      this.#negotiation.note({ type: 'certificate', side, chainLength: 0, certificate: chain })
      return undefined
    }
    const [first] = chain.value
    if (first === undefined) return undefined
    this.#negotiation.note({
      type: 'certificate',
      side,
      chainLength: chain.value.length,
      certificate: decodeCertificate(first),
    })
    return undefined
  }
}
