import { describe, expect, test, vi } from 'vitest'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { advise } from '../../src/explain/advice.ts'
import { applied } from '../../src/explain/change.ts'
import { clientsFor, explain, explainCell } from '../../src/explain/explain.ts'
import { explained, OFFICE, OPEN, rulesetOf, shipped } from './examples.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

describe.each([
  'front-door',
  'static-filter',
  'require-tls',
  'implicit-990',
  'clear-command-channel',
  'front-door-kernel',
  'gateway-redirect',
  'gateway-tproxy',
  'nat-gateway',
])('%s', (name) => {
  const ruleset = rulesetOf(shipped(name))
  const [explanation] = explain(ruleset)
  if (explanation === undefined) throw new Error('no listener')
  const { advice, hopeless } = advise(ruleset, explanation)

  test('every refused cell is advised about, or told to be hopeless', () => {
    const refused = explanation.cells.filter(({ outcome }) => outcome === 'refused')
    const told = [...advice.flatMap(({ cells }) => cells), ...hopeless].map(({ cell }) => cell)
    expect(new Set(told)).toEqual(new Set(refused.map(({ cell }) => cell)))
    expect(told).toHaveLength(refused.length)
  })

  test('what is advised helps, and without any one part it would not', () => {
    for (const { changes, cells } of advice)
      for (const { cell } of cells) {
        const outcomeWith = (some: typeof changes): string => {
          const evaluator = createEvaluator(some.reduce(applied, ruleset))
          const added = some.findLast((change) => change.type === 'new-listener')
          const wanted = added?.listener.name ?? explanation.listener.name
          const listener = evaluator.ruleset.listeners.find((one) => one.name === wanted)
          const clients = explanation.clients.find(({ family }) => family === cell.family)
          if (listener === undefined || clients === undefined) throw new Error('gone')
          const asked = { client: clients.client.address, server: clients.server.address }
          return explainCell(
            evaluator,
            clientsFor(evaluator, listener, cell.family, asked),
            cell,
            listener,
          ).outcome
        }
        expect(outcomeWith(changes)).not.toBe('refused')
        for (const change of changes)
          expect(outcomeWith(changes.filter((one) => one !== change))).toBe('refused')
      }
  })
})

test('nothing is advised where nothing is refused', () => {
  const { advice } = advise(rulesetOf(OFFICE), {
    ...explained(OFFICE),
    cells: explained(OFFICE).cells.filter(({ outcome }) => outcome !== 'refused'),
  })
  expect(advice).toEqual([])
})

test('IPv6 addresses in PASV and PORT: use something else', () => {
  const { hopeless } = advise(rulesetOf(OPEN), explained(OPEN, '2001:db8::7'))
  const port = hopeless.find(({ cell }) => cell.protection === 'clear' && cell.command === 'PORT')
  expect(port?.instead.map(({ protection, command }) => `${protection} ${command}`)).toEqual([
    'clear EPRT',
    'clear EPSV',
  ])
})
