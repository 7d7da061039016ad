/** What an observer holds and accepts at most, for each direction of a connection. */
export interface TlsLimits {
  /** Bytes of one handshake message in clear. */
  readonly messageBytesMax: number
  /** Records without a body. */
  readonly emptyRecordsMax: number
  /** Alerts in clear; each is a fact, and so a record of the packet log. */
  readonly clearAlertsMax: number
}

export const TLS_LIMITS: TlsLimits = {
  // A ClientHello with post-quantum key shares has some 2 KB, a chain of certificates seldom 10 KB.
  messageBytesMax: 65_536,
  // What OpenSSL takes in a row. No cipher in use makes a record empty, so this is generous.
  emptyRecordsMax: 32,
  // OpenSSL gives up after five warnings.
  clearAlertsMax: 8,
}
