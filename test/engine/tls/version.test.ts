import { describe, expect, test } from 'vitest'
import {
  formatCodePoint,
  formatTlsVersion,
  isGrease,
  tlsVersion,
} from '../../../src/engine/tls/version.ts'

describe('versions', () => {
  test('names and numbers', () => {
    for (const name of ['SSL 3.0', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'] as const)
      expect(formatTlsVersion(tlsVersion(name))).toBe(name)
    expect(formatTlsVersion(0x7f1c)).toBe('0x7f1c')
    expect(formatCodePoint(5)).toBe('0x0005')
  })

  test('GREASE is sixteen numbers', () => {
    const all = Array.from({ length: 0x10000 }, (_, value) => value).filter(isGrease)
    expect(all.map(formatCodePoint)).toEqual(
      Array.from('0123456789abcdef', (digit) => `0x${digit}a${digit}a`),
    )
  })
})
