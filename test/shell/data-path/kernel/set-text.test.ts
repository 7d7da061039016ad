import { expect, test } from 'vitest'
import { setLines } from '../../../../src/shell/data-path/kernel/set-text.ts'
import {
  expectedSetName,
  FAMILIES,
  setName,
} from '../../../../src/shell/data-path/kernel/table-names.ts'
import { ports } from '../../../support/rules.ts'

const ROLES = [
  'expected',
  'claimed',
  'pinholes',
  'sources',
  'sources_port',
  'ranges',
  'range_expected',
  'range_sources',
  'active_expected',
  'active_sources',
  'cut',
] as const

test('everything has its set or map in both families, and nothing else has', () => {
  const declared = setLines([ports('20')]).flatMap(
    (line) => /^(?:set|map) (\S+)/.exec(line)?.[1] ?? [],
  )
  const wanted = FAMILIES.flatMap((family) => [
    ...ROLES.map((role) => setName(role, family)),
    expectedSetName(family, ports('20')),
  ])
  expect(declared.toSorted()).toEqual(wanted.toSorted())
})

test('all of them let their elements time out', () => {
  const declarations = setLines([]).filter((line) => /^(?:set|map)/.test(line))
  expect(
    declarations.filter((line) => !/flags (?:dynamic,|interval,)?timeout;/.test(line)),
  ).toEqual([])
})
