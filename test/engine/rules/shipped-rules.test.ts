/** The rule files that users start from: they load without a word, and do what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import { load } from '../../../src/engine/rules/load.ts'
import type { RuleKind } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'

const FOLDER = new URL('../../../rules/', import.meta.url)
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8')

/** Asks a rule file: kind, from[:port], to:port. */
function asking(name: string): (kind: RuleKind, from: string, to: string) => string {
  const { ruleset } = load([{ name, text: read(name) }])
  if (ruleset === undefined) throw new Error(`${name} does not load`)
  const evaluator = createEvaluator(ruleset)
  return (kind, from, to) => {
    const [fromAddress = '', fromPort] = from.split(':')
    const [toAddress = '', toPort = ''] = to.split(':')
    const verdict = evaluator.evaluate({
      kind,
      from: ip(fromAddress),
      to: ip(toAddress),
      port: port(Number(toPort)),
      fromPort: fromPort === undefined ? undefined : port(Number(fromPort)),
    })
    const profile = verdict.rule?.profile === undefined ? '' : `, profile ${verdict.rule.profile}`
    const condition = verdict.conditional ? ', if the source port is right' : ''
    return `${verdict.type}: ${verdict.rule?.name ?? 'no rule'}${profile}${condition}`
  }
}

test.each(NAMES)('%s loads for running without a diagnostic', (name) => {
  const { diagnostics, ruleset } = load([{ name, text: read(name) }], { forRunning: true })
  expect(diagnostics).toEqual([])
  expect(ruleset?.listeners).toHaveLength(1)
})

test.each(NAMES)('%s is written for a newcomer to read', (name) => {
  const lines = read(name).split('\n')
  const comments = lines.filter((line) => line.trim().startsWith('#'))
  expect(comments.length).toBeGreaterThanOrEqual(10)
  expect(lines.every((line) => line.length <= 100)).toBe(true)
})

describe('quickstart.yaml', () => {
  const ask = asking('quickstart.yaml')

  test('serves this machine in both modes', () => {
    expect(ask('control', '127.0.0.1:40000', '127.0.0.1:2120')).toBe('permit: local clients')
    expect(ask('active-data', '127.0.0.1', '127.0.0.1:40001')).toBe('permit: local active')
    expect(ask('passive-data', '127.0.0.1', '127.0.0.1:40002')).toBe('permit: local passive')
  })

  test('nobody else, and no other port', () => {
    expect(ask('control', '192.0.2.1:40000', '127.0.0.1:2120')).toBe('deny: no rule')
    expect(ask('control', '127.0.0.1:40000', '127.0.0.1:22')).toBe('deny: no rule')
    expect(ask('active-data', '127.0.0.1', '192.0.2.1:40001')).toBe('deny: no rule')
    expect(ask('passive-data', '127.0.0.1', '127.0.0.1:80')).toBe('deny: no rule')
  })
})

describe('front-door.yaml', () => {
  const ask = asking('front-door.yaml')

  test('everybody may log in, except the blocked host; partners have their profile', () => {
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('permit: everybody')
    expect(ask('control', '198.51.100.7:4000', '10.200.200.1:21')).toBe(
      'permit: partners, profile partners',
    )
    expect(ask('control', '198.51.100.66:4000', '10.200.200.1:21')).toBe('deny: blocked host')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:22')).toBe('deny: no rule')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.2:21')).toBe('deny: no rule')
  })

  test('active mode is for partners, from port 20', () => {
    expect(ask('active-data', '10.200.200.1', '198.51.100.7:4000')).toBe(
      'permit: partners active, if the source port is right',
    )
    expect(ask('active-data', '10.200.200.1:20', '198.51.100.7:4000')).toBe(
      'permit: partners active',
    )
    expect(ask('active-data', '10.200.200.1:21', '198.51.100.7:4000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.1', '192.0.2.1:4000')).toBe('deny: no rule')
  })

  test('passive mode stays in the range of the server', () => {
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:40999')).toBe('permit: passive')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:41000')).toBe('deny: no rule')
  })
})

describe('static-filter.yaml', () => {
  const ask = asking('static-filter.yaml')

  test('control to port 21', () => {
    expect(ask('control', '10.1.1.7:4000', '10.200.200.1:21')).toBe('permit: office')
    expect(ask('control', '10.1.2.7:4000', '10.200.200.1:21')).toBe('deny: everybody else')
    expect(ask('control', '10.1.1.7:4000', '10.200.200.1:22')).toBe('deny: everybody else')
  })

  test('active data from port 20', () => {
    expect(ask('active-data', '10.200.200.1:20', '10.1.1.7:4000')).toBe('permit: office active')
    expect(ask('active-data', '10.200.200.1:1024', '10.1.1.7:4000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.2:20', '10.1.1.7:4000')).toBe('deny: no rule')
  })

  test('passive data to 60000-60100', () => {
    expect(ask('passive-data', '10.1.1.7', '10.200.200.1:60100')).toBe('permit: office passive')
    expect(ask('passive-data', '10.1.1.7', '10.200.200.1:60101')).toBe('deny: no rule')
    expect(ask('passive-data', '10.1.2.7', '10.200.200.1:60100')).toBe('deny: no rule')
  })
})
