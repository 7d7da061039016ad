import { expect, test } from 'vitest'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { NotingEvaluator } from '../../src/explain/noting-evaluator.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { at } from '../support/conversation.ts'

test('answers as the evaluator does, and knows the last answer of a kind', () => {
  const ruleset = frontDoor({ listen: at('192.0.2.1:21'), server: at('10.0.0.5:21') })
  const noting = new NotingEvaluator(createEvaluator(ruleset))
  const from = ip('198.51.100.1')
  const ask = (kind: 'control' | 'passive-data', to: string): unknown =>
    noting.evaluate({ kind, from, to: ip(to), port: port(2000), fromPort: undefined })
  expect(noting.ruleset).toBe(ruleset)
  expect(noting.last('passive-data')).toBeUndefined()
  expect(ask('passive-data', '10.0.0.5')).toMatchObject({ type: 'permit' })
  expect(ask('passive-data', '10.0.0.6')).toMatchObject({ type: 'deny' })
  ask('control', '10.0.0.5')
  expect(noting.last('passive-data', 'active-data')).toMatchObject({
    facts: { to: '10.0.0.6' },
    verdict: { type: 'deny', rule: undefined },
  })
})
