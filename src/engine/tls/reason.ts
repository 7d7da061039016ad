/**
 * Why a TLS connection is not let through, in the form of the session's reasons, so that the two
 * tables can become one. The first four say that the bytes are not what TLS allows there; the
 * others are verdicts of a policy on a handshake that is well-formed.
 */
export const TLS_REASONS = {
  'tls.expected': 'a TLS handshake was agreed on, and something else came',
  'tls.framing': 'the bytes are not TLS records',
  'tls.handshake': 'the TLS handshake is not one',
  'tls.limit': 'the TLS handshake is larger than the limit',
  'tls.version': 'the TLS version is below the lowest that the rules allow',
  'tls.cipher': 'the rules deny the cipher suite',
  'tls.alpn': 'the TLS client or server names another protocol than FTP',
  'tls.server-name': 'the TLS client asks for a server that the rules do not name',
} as const

export type TlsReason = keyof typeof TLS_REASONS
