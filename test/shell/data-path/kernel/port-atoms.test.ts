import { expect, test } from 'vitest'
import { withAtoms } from '../../../../src/shell/data-path/kernel/port-atoms.ts'
import { ports } from '../../../support/rules.ts'

test('pieces are added once', () => {
  const known = [ports('20')]
  expect(withAtoms(known, [ports('20')])).toBe(known)
  expect(withAtoms(known, [ports('20'), ports('1-19')])).toEqual([ports('20'), ports('1-19')])
})
