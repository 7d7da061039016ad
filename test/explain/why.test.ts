import { describe, expect, test, vi } from 'vitest'
import { CELLS } from '../../src/explain/cell.ts'
import { findOut } from '../../src/explain/finding.ts'
import { why } from '../../src/explain/why.ts'
import {
  castFor,
  CLIENT,
  cellOf,
  evaluatorOf,
  explained,
  OFFICE,
  OPEN,
  shipped,
} from './examples.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

function sentence(cell: string, rules: string = OFFICE, client: string = CLIENT): string {
  const evaluator = evaluatorOf(rules)
  const cast = castFor(rules, client)
  const profile = evaluator.ruleset.profiles.get('default')
  if (profile === undefined) throw new Error('no default')
  return why(findOut(evaluator, cast, cellOf(cell)), cast, profile)
}

test.each([
  [
    'clear EPRT',
    OPEN,
    'The proxy reads where the client waits, tells the server an address of its own and opens it for the server alone.',
  ],
  [
    'clear EPSV',
    OFFICE,
    "The proxy reads where the server waits, leases a port to this client and opens it for one connection, if the server's passive ports are within 60000-60099.",
  ],
  [
    'explicit-tls EPSV',
    OPEN,
    'Nobody can read which port is announced, and the listener "open" names no server-passive-ports.',
  ],
  [
    'gssapi PASV',
    OFFICE,
    'The profile "default" refuses AUTH GSSAPI (mechanisms: [TLS, TLS-C, TLS-P, SSL]).',
  ],
])('%s', (cell, rules, expected) => {
  expect(sentence(cell, rules)).toBe(expected)
})

test('a rule that denies is named, with the connection that it denies', () => {
  const rules = OFFICE.replace(
    'rules:\n',
    'rules:\n  - { deny: passive-data, to: 10.0.0.5, name: shut }\n',
  )
  expect(sentence('clear EPSV', rules)).toMatch(
    /^The rule "shut" denies passive-data from 198\.51\.100\.7 to 10\.0\.0\.5 port \d+\.$/,
  )
})

test('between IPv6 and IPv4 the proxy translates', () => {
  expect(sentence('clear EPSV 6', OPEN, '2001:db8::7')).toContain('asks the server in its own IPv4')
  expect(sentence('clear EPRT 6', OPEN, '2001:db8::7')).toContain('in a form that IPv4 can hold')
  expect(sentence('clear PORT 6', OPEN, '2001:db8::7')).toContain('cannot name an IPv6 address')
})

describe.each([
  'front-door',
  'require-tls',
  'clear-command-channel',
  'implicit-990',
  'static-filter',
])('%s', (name) => {
  test('every cell has one sentence', () => {
    const client = name === 'static-filter' ? '10.1.1.7' : '198.51.100.7'
    const { cells } = explained(shipped(name), client)
    expect(cells).toHaveLength(CELLS.length / 2)
    for (const { why: told } of cells) {
      expect(told).toMatch(/^[A-Z].{20,}[^.]\.$/)
      expect(told).not.toContain('undefined')
      expect(told).not.toMatch(/\. [A-Z]/)
    }
  })
})
