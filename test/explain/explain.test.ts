import { describe, expect, test, vi } from 'vitest'
import {
  explain,
  explainCell,
  explainListener,
  clientsFor,
  listenersOf,
} from '../../src/explain/explain.ts'
import { ip } from '../../src/net/ip.ts'
import { cellOf, evaluatorOf, explained, OFFICE, OPEN, rulesetOf, shipped } from './examples.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

/** Outcomes of one protection, in the order PORT, PASV, EPRT, EPSV. */
function outcomes(rules: string, client: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { cell, outcome } of explained(rules, client).cells)
    found[cell.protection] = `${found[cell.protection] ?? ''}${outcome.charAt(0)}`
  return found
}

describe('the shipped files (w works, d depends, r refused)', () => {
  test.each([
    [
      'quickstart',
      '127.0.0.1',
      {
        clear: 'wwww',
        'explicit-tls': 'rrrr',
        'tls-ccc': 'rrrr',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'static-filter',
      '10.1.1.7',
      {
        clear: 'dddd',
        'explicit-tls': 'rdrd',
        'tls-ccc': 'dddd',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'front-door',
      '198.51.100.7',
      {
        clear: 'dddd',
        'explicit-tls': 'rdrd',
        'tls-ccc': 'dddd',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'front-door',
      '192.0.2.77',
      {
        clear: 'rdrd',
        'explicit-tls': 'rdrd',
        'tls-ccc': 'rdrd',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'front-door',
      '198.51.100.66',
      {
        clear: 'rrrr',
        'explicit-tls': 'rrrr',
        'tls-ccc': 'rrrr',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'require-tls',
      '198.51.100.7',
      {
        clear: 'rrrr',
        'explicit-tls': 'rdrd',
        'tls-ccc': 'rrrr',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
    [
      'implicit-990',
      '198.51.100.7',
      {
        clear: 'rrrr',
        'explicit-tls': 'rrrr',
        'tls-ccc': 'rrrr',
        'implicit-tls': 'rdrd',
        gssapi: 'rrrr',
      },
    ],
    [
      'clear-command-channel',
      '198.51.100.7',
      {
        clear: 'rrrr',
        'explicit-tls': 'rrrr',
        'tls-ccc': 'dddd',
        'implicit-tls': 'rrrr',
        gssapi: 'rrrr',
      },
    ],
  ])('%s for %s', (name, client, expected) => {
    expect(outcomes(shipped(name), client)).toEqual(expected)
  })
})

test('IPv6 where the listener has no address of it, and where it has', () => {
  const closed = explain(rulesetOf(OFFICE))[0]?.cells.filter(({ cell }) => cell.family === 6)
  expect(closed).toHaveLength(20)
  for (const { outcome, telling } of closed ?? [])
    expect([outcome, telling.reason]).toEqual(['refused', 'network.family'])
  expect(outcomes(OPEN, '2001:db8::7')).toMatchObject({ clear: 'rrww', 'tls-ccc': 'rrww' })
})

test('a gateway that listens on IPv4 only does not intercept IPv6, and one for all does', () => {
  const text = shipped('gateway-tproxy')
  const six = (rules: string): readonly (string | undefined)[] => [
    ...new Set(
      explain(rulesetOf(rules))
        .flatMap(({ cells }) => cells)
        .filter(({ cell }) => cell.family === 6)
        .map(({ telling }) => telling.reason),
    ),
  ]
  expect(six(text)).toEqual(['network.not-intercepted'])
  expect(six(text.replace('0.0.0.0:2121', '"[::]:2121"'))).toEqual(['rule.none'])
  expect(six(text.replace('0.0.0.0:2121', '"[2001:db8::1]:2121"'))).toEqual(['rule.none'])
})

test('the client that is asked about is the one explained, in its own protocol only', () => {
  const { clients, cells } = explained(OFFICE, '203.0.113.9')
  expect(clients.map(({ client }) => [client.address, client.isPermitted])).toEqual([
    ['203.0.113.9', false],
  ])
  expect(new Set(cells.map(({ telling }) => telling.reason))).toEqual(new Set(['rule.none']))
})

test('which listeners are asked about', () => {
  const { listeners } = rulesetOf(OFFICE)
  const two = { ...rulesetOf(OFFICE), listeners: [...listeners, ...rulesetOf(OPEN).listeners] }
  const names = (question: Parameters<typeof listenersOf>[1]): readonly string[] =>
    listenersOf(two, question).map(({ name }) => name)
  expect(names({})).toEqual(['office', 'open'])
  expect(names({ listener: 'open' })).toEqual(['open'])
  expect(names({ server: ip('10.0.0.9') })).toEqual([])
})

test('one listener and one cell at a time give the same', () => {
  const evaluator = evaluatorOf(OFFICE)
  const [listener] = evaluator.ruleset.listeners
  if (listener === undefined) throw new Error('no listener')
  const all = explainListener(evaluator, listener, {})
  const one = explainCell(
    evaluator,
    clientsFor(evaluator, listener, 4, {}),
    cellOf('clear PORT'),
    listener,
  )
  expect(
    all.cells.find(({ cell }) => cell.command === 'PORT' && cell.protection === 'clear')?.why,
  ).toBe(one.why)
})
