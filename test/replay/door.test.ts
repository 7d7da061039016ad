import { expect, test } from 'vitest'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { CAPTURE_LISTENER, chooseDoor, permissiveRuleset } from '../../src/replay/door.ts'
import { at, doorRuleset } from './played.ts'

function choose(ruleset: Ruleset, server: string, name?: string): ReturnType<typeof chooseDoor> {
  const observed = {
    client: at('192.0.2.10:40000'),
    server: at(server),
    tls: 'explicit',
    ordinal: 7,
  } as const
  return chooseDoor(createEvaluator(ruleset), observed, name)
}

test('the listener whose server it is', () => {
  const door = choose(doorRuleset(), '198.51.100.20:21')
  expect(door).toMatchObject({
    local: at('203.0.113.1:21'),
    original: undefined,
    serverLocal: at('203.0.113.1:32775'),
  })
  expect(door.evaluator.ruleset.listeners).toEqual([door.listener])
})

test('none: one that stands in the way and changes nothing', () => {
  const door = choose(doorRuleset(), '198.51.100.99:21')
  expect(door.listener).toMatchObject({ name: CAPTURE_LISTENER, server: 'original-destination' })
  expect([door.original, door.serverLocal]).toEqual([
    at('198.51.100.99:21'),
    at('192.0.2.10:40000'),
  ])
})

test('the one that was named, for whatever server', () => {
  const door = choose(doorRuleset(), '198.51.100.99:2121', 'front-door')
  expect([door.listener.name, door.original]).toEqual(['front-door', at('198.51.100.99:2121')])
})

test('an address stands for the proxy where the rules name none', () => {
  expect(choose(doorRuleset({ listen: at('0.0.0.0:21') }), '198.51.100.20:21').local).toEqual(
    at('192.0.2.1:21'),
  )
})

test('without a rule file everything is permitted', () => {
  const evaluator = createEvaluator(permissiveRuleset())
  const facts = {
    from: at('192.0.2.1:9').address,
    to: at('192.0.2.2:9').address,
    fromPort: undefined,
  }
  const kinds = ['control', 'active-data', 'passive-data'] as const
  const { port } = at('192.0.2.2:2000')
  expect(kinds.map((kind) => evaluator.evaluate({ kind, ...facts, port }).type)).toEqual([
    'permit',
    'permit',
    'permit',
  ])
})
