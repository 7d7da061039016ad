import { expect, test } from 'vitest'
import { forwardingWarnings, forwards } from '../../../../src/shell/data-path/kernel/forwarding.ts'
import { ruleset } from './fixtures.ts'

test('both families are asked for where the rules name both', () => {
  const warnings = forwardingWarnings(ruleset(), () => '0\n')
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('net.ipv4.ip_forward=1')
  expect(warnings[1]).toContain('net.ipv6.conf.all.forwarding=1')
})

test('a host that forwards is not warned of', () => {
  expect(forwardingWarnings(ruleset(), () => '1\n')).toEqual([])
  expect(forwardingWarnings(ruleset(), () => undefined)).toEqual([])
})

test('a family that no rule names does not matter', () => {
  const only4 = { ...ruleset(), rules: [] }
  expect(forwardingWarnings(only4, (path) => (path.includes('ipv6') ? '0' : '1'))).toEqual([])
  expect(forwardingWarnings({ ...only4, listeners: [] }, () => '0')).toHaveLength(1)
})

test('the switches of this host can be read', () => {
  expect(forwardingWarnings(ruleset()).length).toBeLessThanOrEqual(2)
})

test('a host forwards a family when its switch says so', () => {
  expect(forwards(6, (path) => (path.includes('ipv6') ? '1\n' : '0\n'))).toBe(true)
  expect(forwards(4, (path) => (path.includes('ipv6') ? '1\n' : '0\n'))).toBe(false)
  expect(forwards(6, () => undefined)).toBe(false)
})
