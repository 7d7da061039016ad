import { expect, test, vi } from 'vitest'
import { adviceLines, formatCells } from '../../src/cli/explain-advice.ts'
import { advise } from '../../src/explain/advice.ts'
import { explain } from '../../src/explain/explain.ts'
import { settingsOf } from '../../src/explain/report.ts'
import { cellOf, OFFICE, OPEN, rulesetOf, shipped } from '../explain/examples.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

function advised(rules: string): string {
  const ruleset = rulesetOf(rules)
  const [explanation] = explain(ruleset)
  if (explanation === undefined) throw new Error('no listener')
  const settings = settingsOf(explanation.cells)
  const lines = adviceLines({ explanation, ...advise(ruleset, explanation), settings }, 96)
  return lines.map(({ text }) => text).join('\n')
}

test.each([
  [['clear PORT', 'clear EPRT'], 'clear with PORT EPRT (IPv4)'],
  [
    ['clear PORT', 'tls-ccc PORT', 'gssapi PASV 6'],
    'clear, TLS + CCC with PORT (IPv4); GSSAPI with PASV (IPv6)',
  ],
  [['clear PORT', 'clear PASV', 'clear EPRT', 'clear EPSV'], 'clear with any command (IPv4)'],
])('%j', (cells, text) => {
  expect(formatCells(cells.map(cellOf))).toBe(text)
})

test('settings, changes, and what nothing helps', () => {
  const text = advised(OFFICE)
  expect(text).toMatch(/To set up at the peers[\s\S]*server: passive ports 60000-60099/)
  expect(text).toMatch(/for IPv4 clients[\s\S]*mechanisms: \[TLS, TLS-C, TLS-P, SSL, GSSAPI\]/)
  expect(advised(OPEN)).toMatch(/No change of the rules helps:[\s\S]*instead: /)
})

test('a family that cannot connect is told how it could, and no more', () => {
  const [, six = ''] = advised(OFFICE).split('for IPv6 clients')
  expect(six.split('No change')[0]?.match(/rules:/g)).toHaveLength(1)
  expect(six).toContain('Mind: 2001:db8::10 stands for an IPv6 address of this host.')
})

test('an address that was made up is not told', () => {
  expect(advised(OPEN)).not.toContain('203.0.113.200')
  expect(advised(OPEN)).toMatch(/227 names\s+the\s+address\s+that\s+clients\s+connect\s+to/)
})

test('no settings where none matters', () => {
  expect(advised(shipped('quickstart'))).not.toContain('To set up')
})

test('passwords in clear are warned of', () => {
  expect(advised(shipped('require-tls'))).toContain('Mind: passwords can then be read on the way.')
})
