/**
 * What the engine knows about FTP verbs. Only verbs that need care stand here; every other verb of
 * three or four letters is passed on (RFC 959, RFC 2389, RFC 3659 and the servers' own).
 */

export interface VerbTraits {
  /** The argument is a secret: the lexer does not keep it where a record could find it. */
  readonly isSecret?: true
  /** Sent alone: it waits for every reply before it, and what follows waits for its reply. */
  readonly isExclusive?: true
  /** Sets up the data connection. */
  readonly setUp?: 'active' | 'passive'
  /** Uses the data connection, and which way the file goes. */
  readonly transfer?: 'to-client' | 'to-server'
  /** Never passed on: it would set up data connections in ways nobody could follow. */
  readonly isRefused?: true
}

const SECRET: VerbTraits = { isSecret: true, isExclusive: true }
const DOWNLOAD: VerbTraits = { transfer: 'to-client' }
const UPLOAD: VerbTraits = { transfer: 'to-server' }
const REFUSED: VerbTraits = { isRefused: true }

const TRAITS: ReadonlyMap<string, VerbTraits> = new Map<string, VerbTraits>([
  ['USER', { isExclusive: true }],
  ['PASS', SECRET],
  ['ACCT', SECRET],
  ['REIN', { isExclusive: true }],
  // RFC 959, RFC 2428
  ['PORT', { setUp: 'active', isExclusive: true }],
  ['EPRT', { setUp: 'active', isExclusive: true }],
  ['PASV', { setUp: 'passive', isExclusive: true }],
  ['EPSV', { setUp: 'passive', isExclusive: true }],
  // RFC 959, RFC 3659
  ['RETR', DOWNLOAD],
  ['LIST', DOWNLOAD],
  ['NLST', DOWNLOAD],
  ['MLSD', DOWNLOAD],
  ['STOR', UPLOAD],
  ['STOU', UPLOAD],
  ['APPE', UPLOAD],
  // RFC 2228: which of them the state of the connection lets through, the session says. Contents
  // under protection are never looked at.
  ['AUTH', { isExclusive: true }],
  ['ADAT', SECRET],
  ['MIC', SECRET],
  ['CONF', SECRET],
  ['ENC', SECRET],
  // Other ways to set up data connections: RFC 1639 and servers' own. Pure-FTPd takes P@SW for
  // PASV, and clients send it to slip past firewalls.
  ['LPRT', REFUSED],
  ['LPSV', REFUSED],
  ['SPSV', REFUSED],
  ['CPSV', REFUSED],
  ['XPSV', REFUSED],
  ['ESTA', REFUSED],
  ['ESTP', REFUSED],
  ['P@SW', REFUSED],
  ['PRET', REFUSED],
  ['SSCN', REFUSED],
  // RFC 6384 §11 configures a NAT64 gateway, which this is not.
  ['ALGS', REFUSED],
])

const PLAIN: VerbTraits = {}

export function verbTraits(verb: string): VerbTraits {
  return TRAITS.get(verb) ?? PLAIN
}

/** Verbs that are not three or four letters and yet FTP. */
const ODD_VERBS: ReadonlySet<string> = new Set([
  'P@SW',
  'MD5',
  'MMD5',
  'XMD5',
  'XSHA1',
  'XSHA256',
  'XSHA384',
  'XSHA512',
])

/** `verb` in upper case. */
export function isVerb(verb: string): boolean {
  return /^[A-Z]{3,4}$/.test(verb) || ODD_VERBS.has(verb)
}

/** First words by which HTTP gives itself away (RFC 9110, RFC 5789, RFC 9113). */
export const HTTP_VERBS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'CONNECT',
  'TRACE',
  'PATCH',
  'PRI',
])

/** First words of SMTP, SIP, RTSP and IRC that no FTP client says. */
export const FOREIGN_VERBS: ReadonlySet<string> = new Set([
  'EHLO',
  'HELO',
  'LHLO',
  'MAIL',
  'RCPT',
  'NICK',
  'JOIN',
  'REGISTER',
  'INVITE',
  'SUBSCRIBE',
  'DESCRIBE',
  'ANNOUNCE',
])

/** The registry of RFC 5797 and what servers commonly add. */
const KNOWN_VERBS: ReadonlySet<string> = new Set(
  (
    'ABOR ACCT ADAT ALLO APPE AUTH CCC CDUP CLNT CONF CWD DELE ENC EPRT EPSV FEAT HASH HELP HOST ' +
    'LANG LIST LPRT LPSV MD5 MDTM MFCT MFF MFMT MIC MKD MLSD MLST MODE NLST NOOP OPTS PASS PASV ' +
    'PBSZ PORT PROT PWD QUIT RANG REIN REST RETR RMD RNFR RNTO SITE SIZE SMNT STAT STOR STOU STRU ' +
    'SYST TYPE USER XCRC XCUP XCWD XMD5 XMKD XPWD XRMD XSHA'
  ).split(' '),
)

export function isKnownVerb(verb: string): boolean {
  return KNOWN_VERBS.has(verb) || ODD_VERBS.has(verb)
}

/** Verbs that mean nothing without an argument (RFC 959 §5.3.1, RFC 3659, RFC 4217). */
const WITH_ARGUMENT: ReadonlySet<string> = new Set(
  (
    'APPE CWD DELE MDTM MKD MODE OPTS PBSZ PROT REST RETR RMD RNFR RNTO SIZE SMNT STOR STRU TYPE ' +
    'USER XCWD XMKD XRMD'
  ).split(' '),
)

/** Not those whose argument sets up a data connection or security, which is read anyway. */
export function needsArgument(verb: string): boolean {
  return WITH_ARGUMENT.has(verb)
}
