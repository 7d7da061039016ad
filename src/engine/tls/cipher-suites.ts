/**
 * Names of cipher suites, and the patterns by which a rule denies them. A pattern is a whole name
 * (`TLS_RSA_WITH_RC4_128_SHA`), a number (`0x0005`) or one word of a name (`RC4`, `NULL`, `anon`,
 * `EXPORT`, `3DES`, `CBC`); upper and lower case are the same.
 */
import { CIPHER_SUITE_RUNS } from './cipher-suite-names.ts'
import { formatCodePoint } from './version.ts'

/** A signal of the client, not a suite: it can renegotiate safely (RFC 5746 §3.3). */
export const RENEGOTIATION_SCSV = 0x00ff
/** A signal of the client, not a suite: it tries again with a lower version (RFC 7507). */
export const FALLBACK_SCSV = 0x5600

const NAMES: ReadonlyMap<number, string> = new Map(
  CIPHER_SUITE_RUNS.flatMap(([first, names]) =>
    names.split(/\s+/).map((name, index): [number, string] => [first + index, `TLS_${name}`]),
  ),
)

/** Suites of TLS 1.3 that sign and do not encrypt (RFC 9150): NULL without the word. */
const INTEGRITY_ONLY: ReadonlySet<number> = new Set([0xc0b4, 0xc0b5])

/** The IANA name; `0xNNNN` for a number that has none. */
export function cipherSuiteName(suite: number): string {
  return NAMES.get(suite) ?? formatCodePoint(suite)
}

export function cipherSuiteMatches(suite: number, pattern: string): boolean {
  const wanted = pattern.toLowerCase()
  const name = cipherSuiteName(suite).toLowerCase()
  if (name === wanted || formatCodePoint(suite) === wanted) return true
  return name.split('_').includes(wanted) || (wanted === 'null' && INTEGRITY_ONLY.has(suite))
}

/** The IANA names, all of them. */
export function cipherSuiteNames(): readonly string[] {
  return [...NAMES.values()]
}
