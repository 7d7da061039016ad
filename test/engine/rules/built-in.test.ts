import { describe, expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { RuleKind } from '../../../src/engine/rules/ruleset.ts'
import { type Endpoint, parseEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { rulesetOf } from './loading.ts'

function at(text: string): Endpoint {
  const parsed = parseEndpoint(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}

const ruleset = frontDoor({ listen: at('0.0.0.0:21'), server: at('10.0.0.1:2121') })
const evaluator = createEvaluator(ruleset)
const ask = (kind: RuleKind, from: string, to: string, toPort: number): string =>
  evaluator.evaluate({ kind, from: ip(from), to: ip(to), port: port(toPort), fromPort: undefined })
    .type

describe('frontDoor', () => {
  test('permits every client the one server, in both modes', () => {
    expect(ask('control', '192.0.2.1', '10.0.0.1', 2121)).toBe('permit')
    expect(ask('control', '2001:db8::1', '10.0.0.1', 2121)).toBe('permit')
    expect(ask('active-data', '10.0.0.1', '192.0.2.1', 1024)).toBe('permit')
    expect(ask('passive-data', '192.0.2.1', '10.0.0.1', 65_535)).toBe('permit')
  })

  test('permits no other server or port, and no data port below 1024', () => {
    expect(ask('control', '192.0.2.1', '10.0.0.1', 21)).toBe('deny')
    expect(ask('control', '192.0.2.1', '10.0.0.2', 2121)).toBe('deny')
    expect(ask('active-data', '10.0.0.2', '192.0.2.1', 1024)).toBe('deny')
    expect(ask('active-data', '10.0.0.1', '192.0.2.1', 1023)).toBe('deny')
    expect(ask('passive-data', '192.0.2.1', '10.0.0.1', 1023)).toBe('deny')
  })

  test('is otherwise a rule file that says nothing', () => {
    const { listeners: _listeners, rules: _rules, ...rest } = ruleset
    const { listeners: _none, rules: _neither, ...expected } = rulesetOf('version: 1')
    expect(rest).toEqual(expected)
  })

  test('takes passive ports and a packet log of its own', () => {
    const passivePorts = { first: port(2000), last: port(2001) }
    const packetLog = { path: '-', onFailure: 'continue' } as const
    const options = { listen: at('[::1]:21'), server: at('[::1]:22'), passivePorts, packetLog }
    expect(frontDoor(options)).toMatchObject({ passivePorts, packetLog })
  })

  test('is explicit and has no passive range of the server, unless told', () => {
    const [listener] = ruleset.listeners
    expect(listener).toMatchObject({ tls: 'explicit', serverPassivePorts: undefined })
    const serverPassivePorts = { first: port(60_000), last: port(60_099) }
    const options = { listen: at('[::1]:990'), server: at('[::2]:990'), serverPassivePorts }
    expect(frontDoor({ ...options, tls: 'implicit' }).listeners).toMatchObject([
      { tls: 'implicit', serverPassivePorts },
    ])
  })
})
