import { expect, test } from 'vitest'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { rangesOverlap } from '../../../src/net/port.ts'

test('nobody changes the defaults of everybody', () => {
  expect(Object.isFrozen(DEFAULTS)).toBe(true)
  for (const section of Object.values(DEFAULTS)) expect(Object.isFrozen(section)).toBe(true)
  expect(Object.isFrozen(DEFAULTS.profile.deniedPorts)).toBe(true)
  expect(Object.isFrozen(DEFAULTS.profile.tls)).toBe(true)
})

test('K18 what a session may do unasked is the least that works', () => {
  expect(DEFAULTS.profile).toMatchObject({
    thirdParty: [],
    foreignAddresses: 'refused',
    lineEnding: 'strict',
    defaultDataPort: 'denied',
    authAfterCcc: 'denied',
    tls: { minVersion: 'TLS1.2', nullCiphers: 'denied', alpn: 'require-ftp-if-present' },
  })
  expect(DEFAULTS.packetLog.onFailure).toBe('deny')
})

test('denied ports are in order and apart', () => {
  const { deniedPorts } = DEFAULTS.profile
  deniedPorts.forEach((range, index) => {
    const next = deniedPorts[index + 1]
    if (next === undefined) return
    expect(rangesOverlap(range, next)).toBe(false)
    expect(next.first).toBeGreaterThan(range.last)
  })
})
