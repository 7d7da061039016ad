/** Protocol versions (RFC 8446 §4.2.1; SSL 3.0: RFC 6101). */

export const TLS_1_2: number = 0x0303
export const TLS_1_3: number = 0x0304

export type TlsVersionName = 'SSL 3.0' | 'TLS 1.0' | 'TLS 1.1' | 'TLS 1.2' | 'TLS 1.3'

const VERSIONS: Readonly<Record<TlsVersionName, number>> = {
  'SSL 3.0': 0x0300,
  'TLS 1.0': 0x0301,
  'TLS 1.1': 0x0302,
  'TLS 1.2': TLS_1_2,
  'TLS 1.3': TLS_1_3,
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(VERSIONS).map(([name, number]) => [number, name]),
)

export function tlsVersion(name: TlsVersionName): number {
  return VERSIONS[name]
}

/** `TLS 1.2`; `0x7f1c` for what is no version of today. */
export function formatTlsVersion(version: number): string {
  return NAMES.get(version) ?? formatCodePoint(version)
}

/** A 16-bit number of a TLS registry. */
export function formatCodePoint(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`
}

/**
 * Whether `value` is one of the numbers without meaning that clients mix into their lists so that
 * servers stay used to unknown ones: 0x0a0a, 0x1a1a … 0xfafa (RFC 8701).
 */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff)
}
