import { expect, test } from 'vitest'
import { portAtoms, withAtoms } from '../../../../src/shell/data-path/kernel/port-atoms.ts'
import { formatPortRange } from '../../../../src/net/port.ts'
import { deny, permit, ports } from '../../../support/rules.ts'
import { ruleset } from './fixtures.ts'

test.each([
  ['nothing named', [permit('active-data')], []],
  ['one port', [permit('active-data', { fromPort: ports('20') })], ['20']],
  ['control rules do not count', [permit('control', { fromPort: ports('20') })], []],
  ['denied alone', [deny('active-data', { fromPort: ports('20') })], []],
  [
    'overlapping',
    [
      permit('active-data', { fromPort: ports('1-1000') }),
      deny('passive-data', { fromPort: ports('20-30') }),
    ],
    ['1-19', '20-30', '31-1000'],
  ],
  ['up to the last', [permit('active-data', { fromPort: ports('1024-65535') })], ['1024-65535']],
])('the pieces of the port space: %s', (_, rules, pieces) => {
  expect(portAtoms({ ...ruleset(), rules }).map(formatPortRange)).toEqual(pieces)
})

test('pieces are added once', () => {
  const known = [ports('20')]
  expect(withAtoms(known, [ports('20')])).toBe(known)
  expect(withAtoms(known, [ports('20'), ports('1-19')])).toEqual([ports('20'), ports('1-19')])
})
