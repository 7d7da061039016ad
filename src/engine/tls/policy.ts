/**
 * What rules may ask of a TLS connection that nobody opens. Judged fact by fact: each verdict is
 * about what one side has just said, so it comes before the bytes that said it are passed on.
 *
 * ALPN and the server name are how a browser that was lured here gives itself away: it asks for
 * HTTP, or for a host that is no FTP server (the ALPACA attack). FTP clients mostly send neither,
 * so no ALPN is no violation; but who lists the names that a client may say asks for one.
 */
import { cipherSuiteMatches, cipherSuiteName } from './cipher-suites.ts'
import type { ClientHello } from './client-hello.ts'
import { type TlsFact, type TlsProblem, tlsProblem, type TlsViolation } from './fact.ts'
import type { ServerHello } from './server-hello.ts'
import { formatTlsVersion, tlsVersion, type TlsVersionName } from './version.ts'

export interface TlsPolicy {
  readonly minVersion: TlsVersionName
  /** Patterns as `cipherSuiteMatches` reads them; the suite that the server chooses counts. */
  readonly ciphersDeny: readonly string[]
  readonly alpn: 'ignore' | 'require-ftp-if-present'
  /** Host names that a client may ask for, also as `*.example.org`; empty for any. */
  readonly serverNames: readonly string[]
}

/** The name that IANA has registered for FTP, and the one that FileZilla prefers on both sides. */
const FTP_NAMES: ReadonlySet<string> = new Set(['ftp', 'x-filezilla-ftp'])

/** What is wrong with `fact` under `policy`, if anything. */
export function tlsPolicyViolation(fact: TlsFact, policy: TlsPolicy): TlsViolation | undefined {
  switch (fact.type) {
    case 'clientHello':
      return of(fact.side, clientHelloProblem(fact.hello, policy))
    case 'serverHello':
      return of(fact.side, serverHelloProblem(fact.hello, policy))
    case 'certificate':
    case 'established':
    case 'alert':
    case 'clear':
      return undefined
  }
}

function of(side: TlsViolation['side'], problem: TlsProblem | undefined): TlsViolation | undefined {
  return problem === undefined ? undefined : { side, ...problem }
}

function clientHelloProblem(hello: ClientHello, policy: TlsPolicy): TlsProblem | undefined {
  const highest = Math.max(...hello.versions)
  return (
    versionProblem(highest, policy) ??
    alpnProblem(hello.alpn, policy) ??
    serverNameProblem(hello, policy)
  )
}

function serverHelloProblem(hello: ServerHello, policy: TlsPolicy): TlsProblem | undefined {
  const { cipherSuite } = hello
  const isDenied = policy.ciphersDeny.some((pattern) => cipherSuiteMatches(cipherSuite, pattern))
  return (
    versionProblem(hello.version, policy) ??
    (isDenied ? tlsProblem('tls.cipher', cipherSuiteName(cipherSuite)) : undefined) ??
    alpnProblem(hello.alpn === undefined ? undefined : [hello.alpn], policy)
  )
}

function versionProblem(version: number, policy: TlsPolicy): TlsProblem | undefined {
  return version < tlsVersion(policy.minVersion)
    ? tlsProblem('tls.version', formatTlsVersion(version))
    : undefined
}

function alpnProblem(
  names: readonly string[] | undefined,
  policy: TlsPolicy,
): TlsProblem | undefined {
  if (policy.alpn === 'ignore' || names === undefined) return undefined
  if (names.some((name) => FTP_NAMES.has(name))) return undefined
  return tlsProblem('tls.alpn', names.join(' '))
}

function serverNameProblem(hello: ClientHello, policy: TlsPolicy): TlsProblem | undefined {
  const { serverName } = hello
  if (policy.serverNames.length === 0) return undefined
  if (serverName === undefined) return tlsProblem('tls.server-name', 'no name')
  const isNamed = policy.serverNames.some((name) =>
    nameMatches(name.toLowerCase(), serverName.text),
  )
  return serverName.isHostName && isNamed
    ? undefined
    : tlsProblem('tls.server-name', serverName.text)
}

/** `*.example.org` stands for one label in the place of the star (RFC 9525 §6.3). */
function nameMatches(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name
  const dot = name.indexOf('.')
  return dot > 0 && name.slice(dot) === pattern.slice(1)
}
