/** What is written to the packet log of a TLS connection that passes through unopened. */
import { cipherSuiteMatches, cipherSuiteName } from '../tls/cipher-suites.ts'
import type { TlsFact } from '../tls/fact.ts'
import { formatTlsVersion } from '../tls/version.ts'
import type { Outbox } from './outbox.ts'

/** Cipher suites of a ClientHello that are shown; a browser offers some twenty. */
const CIPHERS_SHOWN = 32

/** Writes the record of `fact`; what else is told of a connection is told by its state. */
export function recordTlsFact(fact: TlsFact, outbox: Outbox): void {
  switch (fact.type) {
    case 'clientHello': {
      const { versions, cipherSuites, serverName, alpn, resumption, hasEncryptedHello } = fact.hello
      outbox.record({
        type: 'tls.hello',
        side: 'client',
        versions: versions.map(formatTlsVersion),
        ciphers: cipherSuites.slice(0, CIPHERS_SHOWN).map(cipherSuiteName),
        ...(serverName === undefined ? {} : { serverName: serverName.text }),
        ...(alpn === undefined ? {} : { alpn }),
        ...(resumption === 'none' ? {} : { resumption }),
        ...(hasEncryptedHello ? { encryptedHello: true as const } : {}),
      })
      return
    }
    case 'serverHello': {
      const { version, cipherSuite, alpn, isHelloRetryRequest } = fact.hello
      outbox.record({
        type: 'tls.hello',
        side: 'server',
        versions: [formatTlsVersion(version)],
        ciphers: [cipherSuiteName(cipherSuite)],
        ...(alpn === undefined ? {} : { alpn: [alpn] }),
        ...(isHelloRetryRequest ? { retry: true as const } : {}),
      })
      return
    }
    case 'certificate': {
      const { certificate, side, chainLength } = fact
      if (certificate.type === 'malformed')
        outbox.record({ type: 'tls.certificate', side, chainLength, problem: certificate.problem })
      else outbox.record({ type: 'tls.certificate', side, chainLength, ...certificate.value })
      return
    }
    case 'alert':
      outbox.record({
        type: 'tls.alert',
        side: fact.side,
        level: fact.alert.level,
        name: fact.alert.name,
      })
      return
    case 'established':
    case 'clear':
      return
  }
}

/** From here on nobody in between can read the connection; unless its suite does not encrypt. */
export function recordEstablished(
  fact: Extract<TlsFact, { type: 'established' }>,
  mechanism: string,
  outbox: Outbox,
): void {
  const cipher = cipherSuiteName(fact.cipherSuite)
  outbox.record({
    type: 'channel.opaque',
    mechanism,
    version: formatTlsVersion(fact.version),
    cipher,
    resumed: fact.isResumed,
    ...(cipherSuiteMatches(fact.cipherSuite, 'NULL') ? { nullCipher: true as const } : {}),
  })
}
