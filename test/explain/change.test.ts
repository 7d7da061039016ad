import { expect, test } from 'vitest'
import { load } from '../../src/engine/rules/load.ts'
import { applied, type Change, formatChanges, withChange } from '../../src/explain/change.ts'
import { parse } from 'yaml'
import { ip } from '../../src/net/ip.ts'
import { at } from '../support/conversation.ts'
import { block, permit, ports } from '../support/rules.ts'
import { OFFICE, rulesetOf } from './examples.ts'

const ruleset = rulesetOf(OFFICE)
const [listener] = ruleset.listeners
if (listener === undefined) throw new Error('no listener')

const RULE: Change = {
  type: 'rule',
  rule: {
    ...permit('active-data', {
      from: [block('10.0.0.5')],
      to: [block('2001:db8::/32'), block('192.0.2.1')],
    }),
    fromPort: ports('20'),
    port: ports('1024-65535'),
  },
  before: 'active',
  does: 'permit more',
}
const KEY: Change = {
  type: 'profile',
  profile: 'default',
  key: 'active-mode',
  value: 'denied',
  patch: { activeMode: 'denied' },
  does: 'deny active mode',
}
const LISTENER: Change = {
  type: 'new-listener',
  listener: { ...listener, name: 'second', listen: at('[2001:db8::1]:990'), tls: 'implicit' },
  does: 'add a listener',
}
const RANGE: Change = {
  type: 'listener',
  listener: 'second',
  key: 'server-passive-ports',
  value: '61000-61099',
  patch: { serverPassivePorts: ports('61000-61099') },
  does: 'open more',
}

test('a change makes another ruleset and leaves the first alone', () => {
  const changed = [
    RULE,
    KEY,
    LISTENER,
    RANGE,
    { type: 'data-path', value: 'kernel', does: 'x' } as const,
  ].reduce(applied, ruleset)
  expect(changed.rules.map(({ name }) => name)).toEqual([
    'office',
    'permit active-data',
    'active',
    'passive',
  ])
  expect(changed.profiles.get('default')?.activeMode).toBe('denied')
  expect(changed.listeners.at(-1)).toMatchObject({
    name: 'second',
    serverPassivePorts: ports('61000-61099'),
  })
  expect(changed.dataPath).toBe('kernel')
  expect(ruleset.listeners).toHaveLength(1)
  expect(ruleset.profiles.get('default')?.activeMode).toBe('allowed')
  expect(ruleset.rules).toHaveLength(3)
})

test('written down, each is in its section', () => {
  expect(formatChanges(withChange([RULE, KEY, LISTENER], RANGE))).toBe(`listeners:
  - name: second
    listen: "[2001:db8::1]:990"
    server: 10.0.0.5:21
    tls: implicit
    server-passive-ports: 61000-61099
profiles:
  default:
    active-mode: denied
rules:
  # before "active"
  - { permit: active-data, from: 10.0.0.5, from-port: 20, to: ["2001:db8::/32", 192.0.2.1], port: 1024-65535 }`)
})

test('and is read back as what it was', () => {
  const { ruleset: read } = load([
    { name: 'advice', text: `version: 1\n${formatChanges([RULE, LISTENER])}\n` },
  ])
  const { from, to, port, fromPort, kind, action } =
    RULE.type === 'rule' ? RULE.rule : permit('control')
  expect(read?.rules).toMatchObject([{ from, to, port, fromPort, kind, action }])
  expect(read?.listeners).toMatchObject([
    { name: 'second', listen: at('[2001:db8::1]:990'), tls: 'implicit' },
  ])
})

test('a listener that intercepts is written down whole', () => {
  const gateway: Change = {
    type: 'new-listener',
    does: 'add a gateway',
    listener: {
      ...listener,
      name: 'gateway',
      listen: at('0.0.0.0:2121'),
      intercept: 'redirect',
      interceptInterfaces: ['eth1'],
      server: 'original-destination',
      keepClientAddress: true,
      nat: { publicAddress: ip('203.0.113.10') },
    },
  }
  const text = `version: 1\ndata-path: kernel\n${formatChanges([gateway])}\n`
  const { listeners } = applied(ruleset, gateway)
  expect(parse(text)).toMatchObject({
    listeners: [
      {
        intercept: 'redirect',
        'intercept-interfaces': ['eth1'],
        'keep-client-address': true,
        nat: { 'public-address': '203.0.113.10' },
      },
    ],
  })
  expect(listeners.at(-1)?.name).toBe('gateway')
})
