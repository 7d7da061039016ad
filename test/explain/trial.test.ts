import { describe, expect, test } from 'vitest'
import { type Circumstances, USUAL } from '../../src/explain/circumstances.ts'
import { type Trial, tryCell } from '../../src/explain/trial.ts'
import { port } from '../../src/net/port.ts'
import { castFor, CLIENT, cellOf, evaluatorOf, OFFICE, OPEN } from './examples.ts'

const GOOD: Circumstances = { ...USUAL, dataPort: port(60_007) }

function attempt(
  cell: string,
  rules: string = OFFICE,
  circumstances: Partial<Circumstances> = {},
  client: string = CLIENT,
): Trial {
  const all = { ...GOOD, ...circumstances }
  return tryCell(evaluatorOf(rules), castFor(rules, client), cellOf(cell), all)
}

function profile(keys: string, rules: string = OFFICE): string {
  return rules.replace('rules:', `profiles: { default: { ${keys} } }\nrules:`)
}

test.each([
  ['clear PORT', 'active'],
  ['clear PASV', 'passive'],
  ['clear EPRT', 'active'],
  ['clear EPSV', 'passive'],
  ['tls-ccc PORT', 'active'],
  ['tls-ccc EPSV', 'passive'],
  ['explicit-tls EPSV', 'passive'],
])('%s gets through by the rule %s', (cell, rule) => {
  expect(attempt(cell)).toMatchObject({ step: 'done', reason: undefined, rule, profile: 'default' })
})

test.each<[string, Partial<Circumstances>, string, string]>([
  ['clear PORT', { sourcePort: port(40_000) }, 'transfer', 'data.source-port'],
  ['clear EPSV', { dataPort: port(50_000) }, 'set-up', 'rule.none'],
  ['explicit-tls EPSV', { dataPort: port(50_000) }, 'transfer', 'network.nobody-listens'],
  ['explicit-tls PASV', {}, 'transfer', 'network.past-proxy'],
  ['explicit-tls PORT', {}, 'set-up', 'network.server-refuses'],
  ['implicit-tls PASV', {}, 'protect', 'tls.unexpected'],
  ['gssapi PASV', {}, 'protect', 'auth.mechanism'],
])('%s with %o ends at %s: %s', (cell, circumstances, step, reason) => {
  expect(attempt(cell, OFFICE, circumstances)).toMatchObject({ step, reason })
})

test('the address in a 227 that nobody can read', () => {
  expect(attempt('explicit-tls PASV', OFFICE, { names: 'known-address' }).step).toBe('done')
  expect(attempt('explicit-tls PASV', OFFICE, { heedsAddress: false }).step).toBe('done')
})

test.each([
  ['encryption: required', 'clear PASV', 'tls.required'],
  ['encryption: forbidden', 'explicit-tls PASV', 'auth.forbidden'],
  ['clear-command-channel: forbidden', 'tls-ccc PASV', 'ccc.forbidden'],
  ['opaque-data: deny', 'explicit-tls EPSV', 'opaque.denied'],
  ['active-mode: denied', 'clear EPRT', 'active.denied'],
  ['login-after-ccc: none', 'tls-ccc EPSV', 'login.required'],
])('%s: %s is refused with %s', (keys, cell, reason) => {
  expect(attempt(cell, profile(keys)).reason).toBe(reason)
})

test('GSSAPI, where it is allowed', () => {
  expect(attempt('gssapi EPSV', profile('mechanisms: [GSSAPI]')).step).toBe('done')
})

describe('what TLS must look like', () => {
  test('the version', () => {
    const rules = profile('tls: { min-version: TLS1.3 }')
    expect(attempt('explicit-tls EPSV', rules).step).toBe('done')
    expect(attempt('explicit-tls EPSV', rules, { tlsVersion: '1.2' }).reason).toBe('tls.version')
  })

  test('the name: the client uses one that the profile lists', () => {
    expect(
      attempt('explicit-tls EPSV', profile('tls: { server-names: ["*.example.net"] }')).step,
    ).toBe('done')
  })

  test('a suite that is denied is not chosen', () => {
    const rules = profile('tls: { ciphers-deny: [TLS_AES_128_GCM_SHA256] }')
    expect(attempt('explicit-tls EPSV', rules).step).toBe('done')
  })
})

test('an implicit listener lets in who begins with TLS, and nobody else', () => {
  const rules = OFFICE.replace('name: office, listen', 'tls: implicit, name: office, listen')
  expect(attempt('implicit-tls EPSV', rules).step).toBe('done')
  expect(attempt('tls-ccc PORT', rules).step).toBe('done')
  expect(attempt('clear EPSV', rules)).toMatchObject({
    step: 'protect',
    reason: 'timeout.handshake',
  })
  const greeting = rules.replace('tls: implicit,', 'tls: implicit-after-greeting,')
  expect(attempt('implicit-tls EPSV', greeting).step).toBe('done')
})

describe('IPv6 clients of an IPv4 server', () => {
  test.each([
    ['clear EPSV 6', 'done', undefined],
    ['clear EPRT 6', 'done', undefined],
    ['clear PASV 6', 'set-up', 'port.family'],
    ['clear PORT 6', 'set-up', 'port.family'],
  ])('%s', (cell, step, reason) => {
    expect(attempt(cell, OPEN, {}, '2001:db8::7')).toMatchObject({ step, reason })
  })
})
