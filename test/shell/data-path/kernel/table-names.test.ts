import { expect, test } from 'vitest'
import { expectedSetName, setName } from '../../../../src/shell/data-path/kernel/table-names.ts'
import { ports } from '../../../support/rules.ts'

test('names end in their family', () => {
  expect(setName('pinholes', 4)).toBe('pinholes4')
  expect(setName('sources_port', 6)).toBe('sources_port6')
})

test('source ports follow the family', () => {
  expect(expectedSetName(4, undefined)).toBe('expected4')
  expect(expectedSetName(6, ports('20'))).toBe('expected6_20_20')
  expect(expectedSetName(4, ports('1024-65535'))).toBe('expected4_1024_65535')
})
