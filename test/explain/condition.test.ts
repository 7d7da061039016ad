import { describe, expect, test } from 'vitest'
import { type Circumstances, USUAL } from '../../src/explain/circumstances.ts'
import { type Condition, conditionsOf } from '../../src/explain/condition.ts'
import { pointOf } from '../../src/explain/port-points.ts'
import type { Trial } from '../../src/explain/trial.ts'
import { ports } from '../support/rules.ts'
import { castFor, cellOf, OFFICE } from './examples.ts'

const trial = (circumstances: Partial<Circumstances>, works: boolean): Trial => ({
  circumstances: { ...USUAL, ...circumstances },
  step: works ? 'done' : 'transfer',
  reason: works ? undefined : 'data.foreign-peer',
  rule: undefined,
  facts: undefined,
  profile: undefined,
})

function conditions(
  cell: string,
  trials: readonly Trial[],
  stretches: readonly string[] = [],
  sources: readonly string[] = [],
): readonly Condition[] {
  const read = { dataPort: stretches.map(ports), sourcePort: sources.map(ports) }
  return conditionsOf(cellOf(cell), castFor(OFFICE), trials, read)
}

describe('the address in a 227', () => {
  const four = (own: boolean, ignored: boolean, other: boolean): readonly Trial[] => [
    trial({ names: 'own-address', heedsAddress: true }, own),
    trial({ names: 'own-address', heedsAddress: false }, ignored),
    trial({ names: 'known-address', heedsAddress: true }, other),
    trial({ names: 'known-address', heedsAddress: false }, true),
  ]

  test.each([
    [four(true, true, true), undefined],
    [
      four(false, true, true),
      "the server's 227 names 192.0.2.1 or the client ignores the address in the 227",
    ],
    [four(false, true, false), 'the client ignores the address in the 227'],
    [
      [trial({}, true), trial({ names: 'known-address' }, false)],
      "the server's 227 names its own address, 10.0.0.5, and not 192.0.2.1",
    ],
    [
      [trial({}, false), trial({ names: 'known-address' }, true)],
      "the server's 227 names 192.0.2.1",
    ],
  ])('%#', (trials, text) => {
    expect(conditions('explicit-tls PASV', trials).map((one) => one.text)).toEqual(
      text === undefined ? [] : [text],
    )
  })
})

test('ports, put together where they touch', () => {
  const stretches = ['1024-1999', '2000-2999', '3000-3999', '5000-5999']
  const trials = stretches.map((one, index) =>
    trial({ dataPort: pointOf(ports(one)) }, index !== 2),
  )
  expect(conditions('clear EPSV', trials, stretches)).toMatchObject([
    {
      on: 'server-ports',
      values: ['1024-2999', '5000-5999'],
      text: "the server's passive ports are within 1024-2999 or 5000-5999",
    },
  ])
  expect(conditions('clear PORT', trials, stretches)).toMatchObject([{ on: 'client-ports' }])
})

test('TLS 1.3, and a name', () => {
  const trials = [
    trial({}, true),
    trial({ tlsVersion: '1.2' }, false),
    trial({ namesServer: false }, false),
  ]
  expect(conditions('explicit-tls EPSV', trials).map(({ on }) => on)).toEqual([
    'tls-version',
    'server-name',
  ])
})
