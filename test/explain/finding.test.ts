import { describe, expect, test } from 'vitest'
import { type Finding, findOut, reasonOf } from '../../src/explain/finding.ts'
import { castFor, CLIENT, cellOf, evaluatorOf, OFFICE, OPEN } from './examples.ts'

function find(cell: string, rules: string = OFFICE, client: string = CLIENT): Finding {
  return findOut(evaluatorOf(rules), castFor(rules, client), cellOf(cell))
}

test('where nothing matters, it works', () => {
  for (const cell of ['clear PORT', 'clear EPSV', 'tls-ccc EPRT'])
    expect(find(cell, OPEN)).toMatchObject({ outcome: 'works', conditions: [] })
})

test('each thing that matters is a condition', () => {
  expect(find('clear EPSV')).toMatchObject({
    outcome: 'depends',
    conditions: [{ on: 'server-ports', values: ['60000-60099'] }],
  })
  expect(find('clear PORT')).toMatchObject({
    outcome: 'depends',
    conditions: [{ on: 'source-port', values: ['20'] }],
  })
})

test('what nothing helps is refused, and the best attempt says why', () => {
  const found = find('explicit-tls PORT')
  expect(found).toMatchObject({ outcome: 'refused', conditions: [] })
  expect(reasonOf(found)).toBe('network.server-refuses')
  expect(reasonOf(find('clear EPSV'))).toBeUndefined()
})

test('what ends before data is set up is tried once', () => {
  expect(find('implicit-tls PASV').trials).toHaveLength(1)
})

describe('the conditions say which attempts work', () => {
  test.each(['clear PORT', 'clear PASV', 'explicit-tls PASV', 'explicit-tls EPSV', 'tls-ccc PASV'])(
    '%s',
    (cell) => {
      const { trials, conditions } = find(cell)
      const isGood = trials.map(({ circumstances, step }) => {
        const { dataPort, sourcePort, names, heedsAddress } = circumstances
        const met = conditions.every(({ on, orIgnored }) => {
          if (on === 'server-ports') return dataPort >= 60_000 && dataPort <= 60_099
          if (on === 'source-port') return sourcePort === 20
          return names === 'known-address' || (orIgnored === true && !heedsAddress)
        })
        return [met, step === 'done']
      })
      expect(isGood.length).toBeGreaterThan(1)
      for (const [met, works] of isGood) expect(works).toBe(met)
    },
  )
})
