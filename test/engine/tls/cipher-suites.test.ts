import { getCiphers } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { CIPHER_SUITE_RUNS } from '../../../src/engine/tls/cipher-suite-names.ts'
import {
  cipherSuiteMatches,
  cipherSuiteName,
  cipherSuiteNames,
} from '../../../src/engine/tls/cipher-suites.ts'

const ALL: readonly number[] = Array.from({ length: 0x10000 }, (_, suite) => suite)
const matching = (pattern: string): number[] =>
  ALL.filter((suite) => cipherSuiteMatches(suite, pattern))

describe('cipher suites', () => {
  test('have the names of the registry at every corner of the table', () => {
    const corners: readonly [number, string][] = [
      [0x0000, 'TLS_NULL_WITH_NULL_NULL'],
      [0x0005, 'TLS_RSA_WITH_RC4_128_SHA'],
      [0x001b, 'TLS_DH_anon_WITH_3DES_EDE_CBC_SHA'],
      [0x002f, 'TLS_RSA_WITH_AES_128_CBC_SHA'],
      [0x0046, 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA'],
      [0x009c, 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
      [0x00c7, 'TLS_SM4_CCM_SM3'],
      [0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
      [0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
      [0xc0af, 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8'],
      [0xc0b5, 'TLS_SHA384_SHA384'],
      [0xccae, 'TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256'],
      [0xd005, 'TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256'],
    ]
    for (const [suite, name] of corners) expect(cipherSuiteName(suite)).toBe(name)
    expect(cipherSuiteName(0x1234)).toBe('0x1234')
  })

  test('no number and no name comes twice', () => {
    const names = ALL.map(cipherSuiteName)
    expect(new Set(names).size).toBe(names.length)
    const count = CIPHER_SUITE_RUNS.reduce((sum, [, text]) => sum + text.split(/\s+/).length, 0)
    expect(names.filter((name) => name.startsWith('TLS_'))).toHaveLength(count)
  })

  test('every suite of TLS 1.3 that Node knows is there', () => {
    const names = new Set(ALL.map(cipherSuiteName))
    const known = getCiphers().filter((name) => name.startsWith('tls_'))
    expect(known.length).toBeGreaterThan(2)
    for (const name of known) expect(names).toContain(name.toUpperCase())
  })

  test('are denied by a word of their name, a whole name or a number', () => {
    expect(cipherSuiteMatches(0x0005, 'rc4')).toBe(true)
    expect(cipherSuiteMatches(0x0005, 'RC')).toBe(false)
    expect(cipherSuiteMatches(0x0005, 'TLS_RSA_WITH_RC4_128_SHA')).toBe(true)
    expect(cipherSuiteMatches(0x0005, '0x0005')).toBe(true)
    expect(cipherSuiteMatches(0x1234, '0x1234')).toBe(true)
    expect(cipherSuiteMatches(0x000a, 'DES')).toBe(false)
  })

  test('no suite that does not encrypt escapes NULL, nor one that nobody signs anon', () => {
    expect(matching('NULL')).toEqual([
      0x0000, 0x0001, 0x0002, 0x002c, 0x002d, 0x002e, 0x003b, 0x0082, 0x0083, 0x00b0, 0x00b1,
      0x00b4, 0x00b5, 0x00b8, 0x00b9, 0xc001, 0xc006, 0xc00b, 0xc010, 0xc015, 0xc039, 0xc03a,
      0xc03b, 0xc0b4, 0xc0b5,
    ])
    expect(matching('anon')).toHaveLength(27)
    expect(matching('EXPORT')).toHaveLength(15)
  })

  test('are all listed', () => {
    const names = cipherSuiteNames()
    expect(names).toEqual(ALL.map(cipherSuiteName).filter((name) => name.startsWith('TLS_')))
    expect(new Set(names).size).toBe(names.length)
  })
})
