import { expect, test } from 'vitest'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { checkOf } from '../../../src/engine/session/check-of.ts'
import { REASONS, type Reason } from '../../../src/engine/session/reason.ts'

test('every check has a reason of its own, or it could never find anything', () => {
  const { actions, lists } = DEFAULTS.profile.checks
  const reached = new Set((Object.keys(REASONS) as Reason[]).map(checkOf))
  expect(reached).toEqual(new Set([undefined, ...Object.keys({ ...actions, ...lists })]))
})

test('what is no choice belongs to no check', () => {
  expect(checkOf('cmd.denied')).toBeUndefined()
  expect(checkOf('port.foreign-address')).toBeUndefined()
})
