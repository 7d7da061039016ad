/** Rule files for the tests of what explains them. */
import { readFileSync } from 'node:fs'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { load } from '../../src/engine/rules/load.ts'
import type { Evaluator, Ruleset } from '../../src/engine/rules/ruleset.ts'
import { type Cast, castOf, serverOf } from '../../src/explain/cast.ts'
import type { Cell } from '../../src/explain/cell.ts'
import { explain, type ListenerExplanation } from '../../src/explain/explain.ts'
import { ip, ipFamily } from '../../src/net/ip.ts'

/** One server with a range of its own, and rules that name no more than is needed. */
export const OFFICE = `version: 1
listeners:
  - { name: office, listen: "192.0.2.1:21", server: "10.0.0.5:21", server-passive-ports: 60000-60099 }
rules:
  - { permit: control, from: 198.51.100.0/24, to: 10.0.0.5, port: 21, name: office }
  - { permit: active-data, from: 10.0.0.5, from-port: 20, to: 198.51.100.0/24, name: active }
  - { permit: passive-data, from: 198.51.100.0/24, to: 10.0.0.5, port: 60000-60099, name: passive }
`

/** Anything goes, in both protocols. */
export const OPEN = `version: 1
listeners:
  - { name: open, listen: "[::]:21", server: "10.0.0.5:21" }
rules:
  - { permit: control, name: all }
  - { permit: active-data, name: active }
  - { permit: passive-data, name: passive }
`

export const CLIENT = '198.51.100.7'

export function rulesetOf(text: string): Ruleset {
  const { ruleset, diagnostics } = load([{ name: 'example', text }])
  if (ruleset === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return ruleset
}

export function evaluatorOf(text: string): Evaluator {
  return createEvaluator(rulesetOf(text))
}

export function castFor(text: string, client: string = CLIENT): Cast {
  const [listener] = rulesetOf(text).listeners
  if (listener === undefined) throw new Error('no listener')
  const address = ip(client)
  const cast = castOf(listener, address, serverOf(listener, ipFamily(address), undefined))
  if (cast === undefined) throw new Error(`${client} cannot connect`)
  return cast
}

export function cellOf(text: string): Cell {
  const [protection, command, family = '4'] = text.split(' ')
  return { protection, command, family: family === '6' ? 6 : 4 } as Cell
}

export function shipped(name: string): string {
  return readFileSync(`rules/${name}.yaml`, 'utf8')
}

export function explained(text: string, client: string = CLIENT): ListenerExplanation {
  const [first] = explain(rulesetOf(text), { client: ip(client) })
  if (first === undefined) throw new Error('nothing was explained')
  return first
}
