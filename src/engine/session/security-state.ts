/**
 * The security of a control connection, as one table.
 *
 * Theory of operation. A control connection starts as clear lines, unless its listener speaks
 * implicit TLS. AUTH (RFC 2228 §3, RFC 4217 §4) asks to leave that state; only a complete reply to
 * *that* AUTH leaves it: 234 for the TLS mechanisms, 334 for those that exchange tokens (ADAT).
 * Between AUTH and its reply the client may say nothing, and the server nothing but the reply.
 *
 * After 234 both directions are TLS records, which are framed and passed on unopened. When both
 * sides have finished the handshake the connection is *opaque*: nothing in it can be read, nothing
 * is parsed, and data connections follow the static rules, scoped to this session.
 *
 * The way back is CCC (RFC 4217 §5) or REIN (§13). Both are said inside TLS, so neither can be
 * seen. What can be seen is where a record ends and no record follows: from there that direction is
 * clear. The client goes first, because it speaks next; then the server. A close_notify is not
 * looked for: TLS 1.3 hides it, and some clients never send it. Afterwards the connection is clear
 * *again*, which differs from clear: the login happened out of sight, PBSZ and PROT are frozen, and
 * passwords are not let through any more.
 *
 * With GSSAPI the lines stay lines: after 235 each command is MIC, CONF or ENC and each reply 631,
 * 632 or 633, whose contents are never decoded or trusted. CCC is said inside one of them, so a
 * clear command is followed only once the server has spoken under protection, and only the server's
 * clear answer shows that it was right to.
 *
 * What is not in the table does not happen: it ends the session.
 */

export const SECURITY_STATES = {
  clear: 'Lines in both directions; nothing was ever protected.',
  'tls-after-greeting':
    'The greeting comes in clear, then TLS without AUTH (the first z/OS model).',
  'auth-asked': 'AUTH was sent; nobody may say anything but its reply.',
  handshaking: 'TLS records in both directions; the handshake is not finished.',
  opaque: 'TLS records in both directions; data connections follow the static rules.',
  'client-clear': 'The client has gone back to clear text; the server is about to.',
  'clear-again': 'Lines in both directions after TLS or GSSAPI (CCC, REIN).',
  'auth-asked-again': 'AUTH was sent after CCC; as auth-asked.',
  tokens: 'AUTH GSSAPI was answered 334: ADAT commands and their replies.',
  'tokens-again': 'AUTH GSSAPI after CCC was answered 334; as tokens.',
  protected: 'Lines whose contents are protected by GSSAPI.',
} as const

export type SecurityState = keyof typeof SECURITY_STATES

export const SECURITY_INPUTS = {
  greeted: 'the greeting was sent on',
  'auth-sent': 'AUTH was sent to the server',
  'auth-refused': '4yz or 5yz to AUTH',
  'tls-agreed': '234 to AUTH with a TLS mechanism',
  'tokens-agreed': '334 to AUTH with a token mechanism',
  'tokens-refused': '4yz or 5yz to ADAT that ends the exchange',
  'tokens-done': '235 to ADAT',
  established: 'both sides have finished the TLS handshake',
  'client-clear': 'no TLS record where the next one of the client must start',
  'server-clear': 'no TLS record where the next one of the server must start',
  'clear-answered': 'the server answered a clear command in clear, after protected replies',
} as const

export type SecurityInput = keyof typeof SECURITY_INPUTS

type Transitions = Readonly<
  Record<SecurityState, Readonly<Partial<Record<SecurityInput, SecurityState>>>>
>

export const TRANSITIONS: Transitions = {
  clear: { 'auth-sent': 'auth-asked' },
  'tls-after-greeting': { greeted: 'handshaking' },
  'auth-asked': {
    'auth-refused': 'clear',
    'tls-agreed': 'handshaking',
    'tokens-agreed': 'tokens',
  },
  handshaking: { established: 'opaque' },
  opaque: { 'client-clear': 'client-clear' },
  'client-clear': { 'server-clear': 'clear-again' },
  'clear-again': { 'auth-sent': 'auth-asked-again' },
  'auth-asked-again': {
    'auth-refused': 'clear-again',
    'tls-agreed': 'handshaking',
    'tokens-agreed': 'tokens-again',
  },
  tokens: { 'tokens-refused': 'clear', 'tokens-done': 'protected' },
  'tokens-again': { 'tokens-refused': 'clear-again', 'tokens-done': 'protected' },
  protected: { 'clear-answered': 'clear-again' },
}

/** Where `input` leads; `undefined` when the table does not know it there. */
export function nextSecurityState(
  state: SecurityState,
  input: SecurityInput,
): SecurityState | undefined {
  return TRANSITIONS[state][input]
}
