import { expect, test } from 'vitest'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { formatChanges } from '../../src/explain/change.ts'
import { clientsFor, explainCell } from '../../src/explain/explain.ts'
import { remedies } from '../../src/explain/remedies.ts'
import { ip, ipFamily } from '../../src/net/ip.ts'
import { CLIENT, cellOf, OFFICE, OPEN, rulesetOf } from './examples.ts'

const profile = (keys: string, rules: string = OFFICE): string =>
  rules.replace('rules:', `profiles: { default: { ${keys} } }\nrules:`)

function suggested(cell: string, rules: string, client: string = CLIENT): readonly string[] {
  const evaluator = createEvaluator(rulesetOf(rules))
  const [listener] = evaluator.ruleset.listeners
  if (listener === undefined) throw new Error('no listener')
  const clients = clientsFor(evaluator, listener, ipFamily(ip(client)), { client: ip(client) })
  const explained = explainCell(evaluator, clients, cellOf(cell), listener)
  const ailing = { evaluator, listener, clients, cell: explained, admittedBy: clients.client.rule }
  return remedies(ailing).map((change) => formatChanges([change]))
}

test.each([
  ['clear PORT', profile('active-mode: denied'), 'profiles:\n  default:\n    active-mode: allowed'],
  ['clear PORT', profile('encryption: required'), 'profiles:\n  default:\n    encryption: allowed'],
  [
    'explicit-tls EPSV',
    profile('encryption: forbidden'),
    'profiles:\n  default:\n    encryption: allowed',
  ],
  [
    'explicit-tls EPSV',
    profile('opaque-data: deny'),
    'profiles:\n  default:\n    opaque-data: static',
  ],
  [
    'explicit-tls EPSV',
    profile('clear-command-channel: required'),
    'profiles:\n  default:\n    clear-command-channel: allowed',
  ],
  [
    'tls-ccc EPSV',
    profile('clear-command-channel: forbidden'),
    'profiles:\n  default:\n    clear-command-channel: allowed',
  ],
  [
    'tls-ccc EPSV',
    profile('login-after-ccc: none'),
    'profiles:\n  default:\n    login-after-ccc: kept',
  ],
  [
    'gssapi EPSV',
    profile('mechanisms: [TLS]'),
    'profiles:\n  default:\n    mechanisms: [TLS, GSSAPI]',
  ],
  ['explicit-tls EPSV', OPEN, 'listeners:\n  - name: open\n    server-passive-ports: 60000-60099'],
  [
    'explicit-tls EPSV',
    `data-path: kernel\n${OFFICE.replace(/.*passive-data.*/, '')}`,
    'rules:\n  - { permit: passive-data, from: 198.51.100.0/24, to: 10.0.0.5, port: 60000-60099 }',
  ],
  [
    'implicit-tls EPSV',
    OFFICE,
    'listeners:\n  - name: office implicit\n    listen: 192.0.2.1:990\n    server: 10.0.0.5:990\n    tls: implicit\n    server-passive-ports: 60000-60099',
  ],
  ['explicit-tls PORT', OFFICE, 'data-path: kernel'],
])('%s', (cell, rules, change) => {
  expect(suggested(cell, rules)).toEqual([change])
})

test('a rule is for this server and for those who may connect to it', () => {
  const [active, passive] = ['name: active', 'name: passive'].map((name) =>
    OFFICE.split('\n')
      .filter((line) => !line.includes(name))
      .join('\n'),
  )
  expect(suggested('clear EPRT', active ?? '')).toEqual([
    'rules:\n  - { permit: active-data, from: 10.0.0.5, from-port: 20, to: 198.51.100.0/24, port: 1024-65535 }',
  ])
  expect(suggested('clear EPSV', passive ?? '')).toEqual([
    'rules:\n  - { permit: passive-data, from: 198.51.100.0/24, to: 10.0.0.5, port: 60000-60099 }',
  ])
  expect(suggested('clear EPSV', OFFICE, '203.0.113.9')).toEqual([
    'rules:\n  - { permit: control, from: 203.0.113.9, to: 10.0.0.5, port: 21 }',
  ])
})

test('IPv6 clients need an address to connect to', () => {
  const [change = ''] = suggested('clear EPSV 6', OFFICE, '2001:db8::7')
  expect(change).toContain('listen: "[2001:db8::10]:21"')
  const everywhere = OFFICE.replace('192.0.2.1:21', '0.0.0.0:21')
  expect(suggested('clear EPSV 6', everywhere, '2001:db8::7')).toEqual([
    'listeners:\n  - name: office\n    listen: "[::]:21"',
  ])
})

test('at one address the server needs its ports itself', () => {
  const rules = `version: 1
listeners: [{ name: one, listen: "127.0.0.1:2121", server: "127.0.0.1:21" }]
rules: [{ permit: control }, { permit: passive-data }]
`
  expect(suggested('explicit-tls EPSV', rules, '127.0.0.1')).toEqual([])
})

test('nothing is suggested for what nothing helps', () => {
  expect(suggested('clear PASV 6', OPEN, '2001:db8::7')).toEqual([])
})
